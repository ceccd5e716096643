//! The canonical request and the string to sign: the same for who signs and who verifies.

use http::HeaderMap;
use http::header::HeaderValue;

use crate::verify::sha256;
use crate::{ALGORITHM, Error, Request, Style, uri};

/// What, beside the request, goes into its canonical form.
pub(crate) struct Inputs<'a> {
    pub(crate) style: Style,
    /// Lower-case names divided by semicolons, in order.
    pub(crate) signed_headers: &'a str,
    /// The last line: a hash in hex, or one of the words for unsigned and chunked bodies.
    pub(crate) payload: &'a str,
    /// Query parameters that take no part.
    pub(crate) leave_out: &'a [&'a str],
}

/// The canonical request. Errs where a signed header is absent or something exceeds its bound.
pub(crate) fn request(request: &Request<'_>, inputs: &Inputs<'_>) -> Result<Vec<u8>, Error> {
    if request.path.len() > MAX_PATH {
        return Err(Error::TooLong { what: "the path", limit: MAX_PATH });
    }
    let mut out = Vec::with_capacity(512 + request.path.len() + request.query.len());
    out.extend_from_slice(request.method.as_bytes());
    out.push(b'\n');
    uri::path(&mut out, request.path, inputs.style);
    out.push(b'\n');
    uri::query(&mut out, request.query, inputs.leave_out)?;
    out.push(b'\n');
    for name in inputs.signed_headers.split(';') {
        header(&mut out, request.headers, name)?;
    }
    out.push(b'\n');
    out.extend_from_slice(inputs.signed_headers.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(inputs.payload.as_bytes());
    Ok(out)
}

/// The string to sign of a canonical request, in one piece.
pub(crate) fn string_to_sign(time: &str, scope: &str, canonical: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(ALGORITHM.len() + time.len() + scope.len() + 67);
    for line in [ALGORITHM, time, scope] {
        out.extend_from_slice(line.as_bytes());
        out.push(b'\n');
    }
    out.extend_from_slice(hex_of(&sha256(canonical)).as_slice());
    out
}

/// Lower-case hexadecimal.
pub(crate) fn hex_of(bytes: &[u8; 32]) -> [u8; 64] {
    let mut text = [b'0'; 64];
    // 32 bytes always fill 64 digits.
    let _ = hex::encode_to_slice(bytes, &mut text);
    text
}

/// Reads 64 lower-case hexadecimal digits; upper case is another text, and so another signature.
pub(crate) fn unhex(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let lower = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (lower && hex::decode_to_slice(text, &mut bytes).is_ok()).then_some(bytes)
}

fn header(out: &mut Vec<u8>, headers: &HeaderMap, name: &str) -> Result<(), Error> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().ok_or_else(|| Error::SignedHeaderAbsent { name: name.to_owned() })?;
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    trimmed(out, first);
    for value in values {
        out.push(b',');
        trimmed(out, value);
    }
    out.push(b'\n');
    if out.len() > MAX_CANONICAL {
        return Err(Error::TooLong { what: "the signed part of the request", limit: MAX_CANONICAL });
    }
    Ok(())
}

/// Blanks at the ends go, runs of blanks become one. Other bytes stay, text or not.
fn trimmed(out: &mut Vec<u8>, value: &HeaderValue) {
    let value = value.as_bytes().trim_ascii();
    let double = |pair: &[u8]| matches!(pair, [b' ' | b'\t', b' ' | b'\t']);
    if !value.contains(&b'\t') && !value.windows(2).any(double) {
        out.extend_from_slice(value);
        return;
    }
    let words = value.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word);
    }
}

const MAX_PATH: usize = 16 * 1024;
/// Query, headers and path together; far above what an HTTP server lets through.
const MAX_CANONICAL: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_values_are_trimmed_joined_and_kept_as_bytes() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_bytes(b"  a \t b  c ").unwrap());
        headers.append("x-a", HeaderValue::from_bytes(b"\"d  e\"\xff").unwrap());
        headers.append("x-a", HeaderValue::from_static(""));
        let mut out = Vec::new();
        header(&mut out, &headers, "x-a").unwrap();
        assert_eq!(out, b"x-a:a b c,\"d e\"\xff,\n");
        assert_eq!(header(&mut out, &headers, "x-b"), Err(Error::SignedHeaderAbsent { name: "x-b".into() }));
    }

    #[test]
    fn only_lower_case_digits_are_a_hash() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let hash = sha256(b"");
        assert_eq!(unhex(text.as_bytes()), Some(hash));
        assert_eq!(&hex_of(&hash), text.as_bytes());
        assert_eq!(unhex(text.to_uppercase().as_bytes()), None);
        assert_eq!(unhex(&text.as_bytes()[2..]), None);
    }
}
