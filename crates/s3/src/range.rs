//! The `Range` header: one range of bytes.

use std::ops::Range;

use crate::Error;

/// The bytes that a header asks for, within an object of this size. `None`: all of it, which is
/// also the answer to a header that is malformed or asks for several ranges.
pub fn parse(header: &str, size: u64) -> Result<Option<Range<u64>>, Error> {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let number = |text: &str| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that is too large for us lies behind every object.
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let range = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Some(0) => return Err(Error::InvalidRange(size)),
            Some(count) => size.saturating_sub(count)..size,
            None => return Ok(None),
        },
        (first, "") => match number(first) {
            Some(first) => first..size,
            None => return Ok(None),
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
            _ => return Ok(None),
        },
    };
    if range.start >= size { Err(Error::InvalidRange(size)) } else { Ok(Some(range)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_or_everything() {
        for (header, wanted) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=2-4", Some(2..5)),
            ("bytes=2-", Some(2..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=5-99999999999999999999999", Some(5..10)),
            ("bytes=4-2", None),
            ("bytes=a-b", None),
            ("bytes=0-1,3-4", None),
            ("items=0-1", None),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
        ] {
            assert_eq!(parse(header, 10).unwrap(), wanted, "{header}");
        }
    }

    #[test]
    fn ranges_outside_are_refused() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert!(matches!(parse(header, 10), Err(Error::InvalidRange(10))), "{header}");
        }
        assert!(parse("bytes=0-", 0).is_err() && parse("bytes=-5", 0).is_err());
    }
}
