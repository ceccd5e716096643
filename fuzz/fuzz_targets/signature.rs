//! Signatures: any request is read and refused without a panic; what was signed is verified; and the canonical request
//! is that of an implementation which is slow and obvious.
//!
//! The input is a request as HTTP/1.1 writes it: method and target, headers, an empty line, the body.

#![no_main]

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use sigv4::{Claim, Error, Expect, Payload, Place, Request, Signer, SigningKeys, Style, sha256};
use vocab::{Secret, Timestamp};

fuzz_target!(|input: &[u8]| {
    let Some(sent) = Sent::read(input) else { return };
    for style in [Style::S3, Style::Standard] {
        as_it_is(&sent, style);
        signed(sent.clone(), style);
        presigned(sent.clone(), style);
    }
});

/// Nobody knows the secret, so no signature in the input is right.
fn as_it_is(sent: &Sent, style: Style) {
    let Ok(Some(claim)) = sigv4::read(&sent.request()) else { return };
    assert!(!format!("{claim:?}").is_empty());
    for hash in [None, Some(sha256(&sent.body))] {
        let verified =
            claim.verify(&sent.request(), &Secret::new("unguessable"), hash, &expect(style), &SigningKeys::new(1));
        let error = verified.expect_err("a signature was guessed");
        assert!(!error.to_string().is_empty() && !error.aws_text().is_empty());
    }
    shown(sent, &claim, style);
}

fn signed(mut sent: Sent, style: Style) {
    let payload = Payload::Hash(sha256(&sent.body));
    let (method, path, query) = (sent.method.clone(), sent.path.clone(), sent.query.clone());
    let secret = Secret::new("secret");
    let signer = signer(&secret, style);
    if signer.sign(&method, (&path, &query), &mut sent.headers, payload, &SigningKeys::new(1)).is_ok() {
        accepted(&sent, style);
    }
}

fn presigned(mut sent: Sent, style: Style) {
    sent.headers.remove("authorization");
    if style == Style::Standard {
        sent.body = Vec::new();
        sent.headers.remove("x-amz-content-sha256");
    }
    let secret = Secret::new("secret");
    let query = signer(&secret, style).presign(&sent.request(), Duration::from_secs(60), &SigningKeys::new(1));
    if let Ok(query) = query {
        sent.query = query;
        accepted(&sent, style);
    }
}

/// What was signed is verified, unless the request could mean two things.
fn accepted(sent: &Sent, style: Style) {
    let hash = Some(sha256(&sent.body));
    let keys = SigningKeys::new(1);
    let claim = match sigv4::read(&sent.request()) {
        Ok(claim) => claim.expect("it is signed"),
        Err(error) => return assert!(ambiguous(&error), "{error:?}: {sent:?}"),
    };
    shown(sent, &claim, style);
    match claim.verify(&sent.request(), &Secret::new("secret"), hash, &expect(style), &keys) {
        Ok(_) => {}
        Err(error) => return assert!(ambiguous(&error), "{error:?}: {sent:?}"),
    }
    let mut other = sent.clone();
    other.path.push('x');
    let verified = claim.verify(&other.request(), &Secret::new("secret"), hash, &expect(style), &keys);
    assert!(verified.is_err(), "another path: {sent:?}");
    let verified = claim.verify(&sent.request(), &Secret::new("other"), hash, &expect(style), &keys);
    assert_eq!(verified.err(), Some(Error::Mismatch), "another secret: {sent:?}");
}

/// Errors that a request may earn although it was signed with the right secret: it has something twice, or what it says
/// of itself is wrong.
fn ambiguous(error: &Error) -> bool {
    matches!(
        error,
        Error::TwoMechanisms
            | Error::SignatureV2
            | Error::Duplicate { .. }
            | Error::Malformed { .. }
            | Error::TooLong { .. }
            | Error::NotSigned { .. }
            | Error::PayloadHash { .. }
            | Error::PayloadKind
            | Error::BodyChanged
            | Error::ExpiresMalformed
            | Error::ExpiresOutOfRange { .. }
    )
}

/// The canonical request as the crate shows it, held against the obvious one.
fn shown(sent: &Sent, claim: &Claim<'_>, style: Style) {
    let Ok(shown) = claim.canonical(&sent.request(), style, Some(sha256(&sent.body))) else { return };
    let line = shown.request.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut obvious = format!("{}\n{}\n", sent.method, path(&sent.path, style)).into_bytes();
    obvious.extend(query(&sent.query, claim.place).into_bytes());
    obvious.push(b'\n');
    for name in claim.signed_headers.split(';') {
        let values: Vec<Vec<u8>> = sent.headers.get_all(name).iter().map(trimmed).collect();
        obvious.extend([name.as_bytes(), b":", &values.join(&b","[..]), b"\n"].concat());
    }
    obvious.extend([b"\n", claim.signed_headers.as_bytes(), b"\n", line].concat());
    assert_eq!(
        String::from_utf8_lossy(&shown.request),
        String::from_utf8_lossy(&obvious),
        "{sent:?} has another canonical form"
    );
    assert_eq!(shown.request, obvious);
}

fn path(raw: &str, style: Style) -> String {
    match style {
        Style::S3 if raw.is_empty() => "/".to_owned(),
        Style::S3 => raw.split('/').map(|segment| encoded(&decoded(segment))).collect::<Vec<_>>().join("/"),
        Style::Standard => {
            let mut kept = vec![];
            let mut folder = true;
            for segment in raw.split('/') {
                folder = ["", ".", ".."].contains(&segment);
                match segment {
                    ".." => drop(kept.pop()),
                    "" | "." => {}
                    _ => kept.push(encoded(segment.as_bytes())),
                }
            }
            let end = if folder && !kept.is_empty() { "/" } else { "" };
            format!("/{}{end}", kept.join("/"))
        }
    }
}

fn query(raw: &str, place: Place) -> String {
    let mut pairs: Vec<(String, String)> = raw
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.replace('+', "%20"), value.replace('+', "%20")))
        .map(|(name, value)| (encoded(&decoded(&name)), encoded(&decoded(&value))))
        .filter(|(name, _)| place == Place::Header || name != "X-Amz-Signature")
        .collect();
    pairs.sort();
    pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let mut at = 0;
    while at + 2 < bytes.len() {
        let digits = std::str::from_utf8(&bytes[at + 1..at + 3]).ok().filter(|digits| !digits.starts_with('+'));
        if let (b'%', Some(byte)) = (bytes[at], digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            bytes.splice(at..at + 3, [byte]);
        }
        at += 1;
    }
    bytes
}

fn encoded(bytes: &[u8]) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte: &u8| if unreserved(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    bytes.iter().map(one).collect()
}

fn trimmed(value: &HeaderValue) -> Vec<u8> {
    let words = value.as_bytes().split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

/// A request that owns its parts.
#[derive(Debug, Clone)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    /// `None` for what no HTTP server would let through.
    fn read(input: &[u8]) -> Option<Self> {
        let end = input.windows(2).position(|pair| pair == b"\n\n").unwrap_or(input.len());
        let body = input.get(end + 2..).unwrap_or_default().to_vec();
        let mut lines = input.get(..end)?.split(|byte| *byte == b'\n');
        let (method, target) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        for line in lines {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let name = HeaderName::from_bytes(&line[..colon]).ok()?;
            headers.append(name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?);
        }
        Some(Self { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body })
    }

    fn request(&self) -> Request<'_> {
        Request { method: &self.method, path: &self.path, query: &self.query, headers: &self.headers }
    }
}

fn signer(secret: &Secret, style: Style) -> Signer<'_> {
    Signer {
        access_key_id: "AKIDEXAMPLE",
        secret,
        session_token: None,
        region: "us-east-1",
        service: "service",
        style,
        time: NOW,
    }
}

fn expect(style: Style) -> Expect<'static> {
    Expect { service: "service", region: "us-east-1", style, now: NOW, skew: Duration::from_secs(900) }
}

/// 2015-08-30, 12:36, the time of AWS's examples.
const NOW: Timestamp = Timestamp::from_seconds(1_440_938_160);
