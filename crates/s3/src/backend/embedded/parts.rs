//! The parts of objects that were uploaded in parts.

use super::records::{Content, Segment, Stored};
use crate::backend::{Composition, Span};

impl Stored {
    /// One part, by its place.
    pub(super) fn span(&self, number: u16) -> Option<Span> {
        let index = usize::from(number).checked_sub(1)?;
        let Some(segments) = self.parts() else {
            let whole = || Span { range: 0..self.object.size, count: None, checksum: self.object.checksum.clone() };
            return (index == 0).then(whole);
        };
        let segment = segments.get(index)?;
        let start = segments.iter().take(index).map(|segment| segment.size).sum();
        let range = start..start + segment.size;
        Some(Span { range, count: Some(segments.len()), checksum: segment.checksum.clone() })
    }

    /// The parts above a number.
    pub(super) fn composition(&self, after: u16, limit: usize) -> Option<Composition> {
        let segments = self.parts()?;
        // Objects of older days know the order of their parts alone.
        let numbered = segments.iter().zip(1_u16..).map(|(segment, place)| (segment.number.unwrap_or(place), segment));
        let mut parts: Vec<_> = numbered
            .filter(|(number, _)| *number > after)
            .take(limit + 1)
            .map(|(number, segment)| (number, segment.size, segment.checksum.clone()))
            .collect();
        let truncated = parts.len() > limit;
        parts.truncate(limit);
        Some(Composition { total: segments.len(), parts, truncated })
    }

    fn parts(&self) -> Option<&[Segment]> {
        match &self.content {
            Content::Segments { segments, parts: true } => Some(segments),
            Content::Segments { parts: false, .. } | Content::Inline(_) => None,
        }
    }
}
