//! The parts of objects that were uploaded in parts, as far as an engine tells them.

use http::Method;
use wire::Element;

use super::exchange::{Ask, failed};
use super::uploads::checksum;
use super::{Upstream, headers};
use crate::Error;
use crate::backend::{At, Composition, Found, Object, Span};
use crate::checksum::Checksum;
use crate::conditions::quoted;

impl Upstream {
    pub(super) async fn find_span(&self, at: At<'_>, found: &Found, number: u16) -> Result<Option<Span>, Error> {
        if parts_of(&found.object).is_none() {
            let checksum = found.object.checksum.clone();
            return Ok((number == 1).then_some(Span { range: 0..found.object.size, count: None, checksum }));
        }
        let ask = Ask::object(Method::HEAD, at)
            .parameter("versionId", found.version.as_deref())
            .parameter("partNumber", Some(number.to_string()))
            .header("if-match", Some(&quoted(&found.object.e_tag)))?;
        let answer = self.ask(ask).await?;
        match (answer.status.as_u16(), headers::content_range(&answer.headers)) {
            (200 | 206, Some((range, size))) if size == found.object.size => {
                let count = headers::number(&answer.headers, "x-amz-mp-parts-count");
                let count = count.and_then(|count| usize::try_from(count).ok()).or(parts_of(&found.object));
                Ok(Some(Span { range, count, checksum: None }))
            }
            (400 | 416, _) => Ok(None),
            (412, _) => Err(Error::OperationAborted),
            // An engine that does not know the parameter answers the whole object.
            (200..=299, _) => Err(Error::NotImplemented("partNumber")),
            _ => {
                let about = Ask::object(Method::GET, at).about();
                Err(self.refusal(answer, &about).await)
            }
        }
    }

    /// An engine that does not know the question answers the object: then only its entity tag tells.
    pub(super) async fn find_composition(
        &self,
        at: At<'_>,
        found: &Found,
        after: u16,
        limit: usize,
    ) -> Result<Option<Composition>, Error> {
        let Some(total) = parts_of(&found.object) else { return Ok(None) };
        let unknown = Composition { total, ..Composition::default() };
        let ask = Ask::object(Method::GET, at)
            .flag("attributes")
            .parameter("versionId", found.version.as_deref())
            .header("x-amz-object-attributes", Some("ObjectParts"))?
            .header("x-amz-part-number-marker", Some(&after.to_string()))?
            .header("x-amz-max-parts", Some(&limit.to_string()))?;
        let answer = self.ask(ask).await?;
        let is_object = answer.headers.contains_key("etag") || answer.headers.contains_key("accept-ranges");
        if !answer.status.is_success() || is_object {
            return Ok(Some(unknown));
        }
        let document = answer.whole(LARGEST).await.map_err(failed)?;
        let root = Element::read(&document).map_err(|error| self.nonsense(&error.to_string()))?;
        let Some(told) = root.child("ObjectParts") else { return Ok(Some(unknown)) };
        let parts: Option<Vec<_>> = told.all("Part").map(part).collect();
        let parts = parts.ok_or_else(|| self.nonsense("a part that is none"))?;
        Ok(Some(Composition { total, parts, truncated: told.text_of("IsTruncated") == Some("true") }))
    }
}

fn part(element: &Element) -> Option<(u16, u64, Option<Checksum>)> {
    Some((element.text_of("PartNumber")?.parse().ok()?, element.text_of("Size")?.parse().ok()?, checksum(element)))
}

/// How many parts an object was made of, as its entity tag says.
pub(super) fn parts_of(object: &Object) -> Option<usize> {
    let (_, parts) = object.e_tag.rsplit_once('-')?;
    parts.parse().ok().filter(|parts| (1..=10_000).contains(parts))
}

const LARGEST: usize = 4 * 1024 * 1024;
