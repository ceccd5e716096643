//! The canonical request and the string to sign: the same for who signs and who verifies.

use http::header::HeaderValue;
use sha2::{Digest, Sha256};

use crate::headers::SignedHeaders;
use crate::keys::SigningKey;
use crate::sink::{Gathered, Sink};
use crate::{ALGORITHM, Error, Request, Style, hex, uri};

/// What, beside the request, goes into its canonical form.
pub(crate) struct Inputs<'a> {
    pub(crate) style: Style,
    pub(crate) signed_headers: &'a SignedHeaders<'a>,
    /// The last line: a hash in hex, or one of the words for unsigned and chunked bodies.
    pub(crate) payload: &'a [u8],
    /// Query parameters that take no part.
    pub(crate) leave_out: &'a [&'a str],
}

/// Writes the canonical request. Errs where a signed header is absent or something exceeds its bound.
pub(crate) fn request(out: &mut impl Sink, request: &Request<'_>, inputs: &Inputs<'_>) -> Result<(), Error> {
    if request.path.len() > MAX_PATH {
        return Err(Error::TooLong { what: "the path", limit: MAX_PATH });
    }
    out.put(request.method.as_bytes());
    out.byte(b'\n');
    uri::path(out, request.path, inputs.style);
    out.byte(b'\n');
    uri::query(out, request.query, inputs.leave_out)?;
    out.byte(b'\n');
    let mut length = request.path.len() + request.query.len();
    inputs.signed_headers.each(|name, first, more| {
        out.put(name.as_bytes());
        out.byte(b':');
        trimmed(out, first);
        length += first.len();
        for value in more {
            out.byte(b',');
            trimmed(out, value);
            length += value.len();
        }
        out.byte(b'\n');
        if length > MAX_CANONICAL {
            return Err(Error::TooLong { what: "the signed part of the request", limit: MAX_CANONICAL });
        }
        Ok(())
    })?;
    out.byte(b'\n');
    out.put(inputs.signed_headers.list().as_bytes());
    out.byte(b'\n');
    out.put(inputs.payload);
    Ok(())
}

/// The SHA-256 of the canonical request, which is never held in one piece.
pub(crate) fn hash(of: &Request<'_>, inputs: &Inputs<'_>) -> Result<[u8; 32], Error> {
    let mut digest = Sha256::new();
    let mut out = Gathered::new(&mut digest);
    request(&mut out, of, inputs)?;
    out.end();
    Ok(digest.finalize().into())
}

/// The string to sign of a canonical request with this hash.
pub(crate) fn string_to_sign(out: &mut impl Sink, time: &str, scope: &str, canonical: &[u8; 32]) {
    for line in [ALGORITHM, time, scope] {
        out.put(line.as_bytes());
        out.byte(b'\n');
    }
    out.put(&hex::encode(canonical));
}

/// The signature of a canonical request with this hash.
pub(crate) fn signature(key: &SigningKey, time: &str, scope: &str, canonical: &[u8; 32]) -> [u8; 32] {
    key.sign(|out| string_to_sign(out, time, scope, canonical))
}

/// Blanks at the ends go, runs of blanks become one. Other bytes stay, text or not.
fn trimmed(out: &mut impl Sink, value: &HeaderValue) {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let value = value.as_bytes();
    // Most values have no blank. Nothing in a value is less than one but the tab, and the least byte is found fast.
    if value.iter().fold(u8::MAX, |least, byte| least.min(*byte)) > b' ' {
        return out.put(value);
    }
    let words = value.split(blank).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.byte(b' ');
        }
        out.put(word);
    }
}

const MAX_PATH: usize = 16 * 1024;
/// Query, headers and path together; far above what an HTTP server lets through.
const MAX_CANONICAL: usize = 512 * 1024;

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn header_values_are_trimmed_joined_and_kept_as_bytes() {
        let mut headers = HeaderMap::new();
        headers.append("x-a", HeaderValue::from_bytes(b"  a \t b  c ").unwrap());
        headers.append("x-a", HeaderValue::from_bytes(b"\"d  e\"\xff").unwrap());
        headers.append("x-a", HeaderValue::from_static(""));
        headers.append("x-b", HeaderValue::from_static(" \t "));
        let signed_headers = SignedHeaders::of("x-a;x-b", &headers).unwrap();
        let inputs = Inputs { style: Style::S3, signed_headers: &signed_headers, payload: b"body", leave_out: &[] };
        let sent = Request { method: "GET", path: "", query: "", headers: &headers };
        let mut out = Vec::new();
        request(&mut out, &sent, &inputs).unwrap();
        assert_eq!(out, b"GET\n/\n\nx-a:a b c,\"d e\"\xff,\nx-b:\n\nx-a;x-b\nbody");
        assert_eq!(hash(&sent, &inputs).unwrap(), crate::sha256(&out));
    }
}
