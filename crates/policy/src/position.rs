//! Places as editors count them.

use std::ops::Range;

/// A character of a text: line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in its line.
    pub column: usize,
}

impl Position {
    /// The position of a byte; of one beyond the end, the end.
    pub fn of(byte: usize, text: &str) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line = before.rfind('\n').map_or(before, |at| before.get(at + 1..).unwrap_or_default());
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }

    /// The first and the last character of a stretch of bytes.
    pub fn ends(span: &Range<usize>, text: &str) -> (Self, Self) {
        let last = text.get(span.clone()).and_then(|part| part.chars().next_back()).map_or(0, char::len_utf8);
        (Self::of(span.start, text), Self::of(span.end.saturating_sub(last), text))
    }

    /// The byte at this position, or the nearest before it.
    pub fn byte(self, text: &str) -> usize {
        let start: usize = text.split_inclusive('\n').take(self.line.saturating_sub(1)).map(str::len).sum();
        let line = text.get(start..).unwrap_or_default();
        let before = line.chars().take(self.column.saturating_sub(1)).map(char::len_utf8).sum::<usize>();
        (start + before).min(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_characters_count_from_one() {
        let text = "{\n  \"é\": [\n1 ]}\n";
        assert_eq!(Position::of(0, text), Position { line: 1, column: 1 });
        let ends = Position::ends(&(4..8), text);
        assert_eq!(ends, (Position { line: 2, column: 3 }, Position { line: 2, column: 5 }));
        for byte in (0..text.len()).filter(|byte| text.is_char_boundary(*byte)) {
            assert_eq!(Position::of(byte, text).byte(text), byte);
        }
        assert_eq!(Position::of(9999, text), Position { line: 4, column: 1 });
        assert_eq!(Position { line: 99, column: 9 }.byte(text), text.len());
    }
}
