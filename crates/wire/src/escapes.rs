//! Percent escapes, read strictly and once.

use crate::Malformed;

/// Decodes a path segment or key. A `+` is a plus.
///
/// Errs at a `%` without two hexadecimal digits, at text that is not UTF-8, and at NUL, which no
/// store and no XML document can carry.
pub(crate) fn decode(text: &str) -> Result<String, Malformed> {
    if !text.bytes().any(|byte| matches!(byte, b'%' | 0)) {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'%' => digit(rest.next())? << 4 | digit(rest.next())?,
            other => other,
        };
        bytes.push(byte);
    }
    if bytes.contains(&0) {
        return Err(Malformed::Escape);
    }
    String::from_utf8(bytes).map_err(|_| Malformed::Escape)
}

/// Decodes a name or value of a form or query string. A `+` is a blank.
pub(crate) fn decode_form(text: &str) -> Result<String, Malformed> {
    if text.contains('+') { decode(&text.replace('+', " ")) } else { decode(text) }
}

/// The decoded names and values of a form or query string, in order. Empty pieces are skipped.
pub(crate) fn pairs(text: &str) -> impl Iterator<Item = Result<(String, String), Malformed>> {
    text.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Ok((decode_form(name)?, decode_form(value)?))
    })
}

fn digit(byte: Option<u8>) -> Result<u8, Malformed> {
    match byte {
        Some(byte @ b'0'..=b'9') => Ok(byte - b'0'),
        Some(byte @ b'a'..=b'f') => Ok(byte - b'a' + 10),
        Some(byte @ b'A'..=b'F') => Ok(byte - b'A' + 10),
        _ => Err(Malformed::Escape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_once() {
        assert_eq!(decode("a%2Fb%252F+%C3%A9/..").as_deref(), Ok("a/b%2F+é/.."));
        assert_eq!(decode_form("a+b%2B").as_deref(), Ok("a b+"));
    }

    #[test]
    fn broken_escapes_are_refused() {
        for broken in ["%", "%2", "%2G", "%%41", "%ff", "%C3", "%00", "a\0", "%+1", "% 1"] {
            assert_eq!(decode(broken), Err(Malformed::Escape), "{broken}");
        }
    }

    #[test]
    fn pairs_keep_order_and_blanks() {
        let read: Result<Vec<_>, _> = pairs("a=1&&b&=c&d=e=f").collect();
        let wanted = [("a", "1"), ("b", ""), ("", "c"), ("d", "e=f")];
        assert_eq!(read, Ok(wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()));
    }
}
