//! `aws-chunked` bodies: however a body is cut on its way, the same comes out; what was encoded decodes; and no change
//! to a signed body gives other content.
//!
//! The first byte says the kind of body, the next two where it is cut and altered, and the line behind them which
//! headers are declared; the rest is the body.

#![no_main]

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use sigv4::chunked::{Decoder, Encoder, Error, Trailer};
use sigv4::{Chunks, Expect, Payload, Request, Signer, SigningKeys, Style};
use vocab::{Secret, Timestamp};

fuzz_target!(|input: &[u8]| {
    let [kind, cut, change, rest @ ..] = input else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (declared, body) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let chunks = match kind % 3 {
        0 => Chunks::Signed,
        1 => Chunks::SignedTrailer,
        _ => Chunks::UnsignedTrailer,
    };
    as_it_is(chunks, declared, body, *cut);
    encoded(chunks, body, *cut, *change);
});

/// The input is the body.
fn as_it_is(chunks: Chunks, declared: &[u8], body: &[u8], cut: u8) {
    // Most lengths that a body could have are smaller than itself.
    let Some((length, names)) = declared.split_first() else { return };
    let Ok(names) = HeaderValue::from_bytes(names) else { return };
    let mut headers = headers(usize::from(*length));
    if !names.is_empty() {
        headers.insert("x-amz-trailer", names);
    }
    let upload = Upload::signed(chunks, headers);
    let whole = upload.decode(body, usize::MAX);
    agree(&whole, &upload.decode(body, 1));
    agree(&whole, &upload.decode(body, usize::from(cut) + 2));
    if chunks != Chunks::UnsignedTrailer {
        assert!(whole.1.is_err(), "a body that nobody signed");
    }
}

/// The input is the content.
fn encoded(chunks: Chunks, content: &[u8], cut: u8, change: u8) {
    let mut headers = headers(content.len());
    let trailers = if chunks == Chunks::Signed {
        vec![]
    } else {
        headers.insert("x-amz-trailer", HeaderValue::from_static("x-amz-checksum-crc32"));
        vec![Trailer { name: "x-amz-checksum-crc32".into(), value: "AAAAAA==".into() }]
    };
    let upload = Upload::signed(chunks, headers);
    let mut encoder = Encoder::new(upload.signed.clone()).expect("signed as chunked");
    let mut body = Vec::new();
    content.chunks(usize::from(cut) + 1).for_each(|piece| encoder.chunk(piece, &mut body));
    encoder.finish(trailers.clone(), &mut body);
    assert_eq!(upload.decode(&body, usize::from(change) + 1), (content.to_vec(), Ok(trailers)));

    let at = usize::from(cut) * usize::from(change) % body.len();
    body[at] ^= 1 << (change % 8);
    let altered = upload.decode(&body, usize::MAX);
    agree(&altered, &upload.decode(&body, 1));
    if let (Chunks::Signed | Chunks::SignedTrailer, (seen, Ok(_))) = (chunks, altered) {
        assert_eq!(seen, content, "altered content with the signature of another");
    }
}

/// However a body came, it ends the same way. Before an error, more or less of the content may have come out.
fn agree(one: &Outcome, other: &Outcome) {
    assert_eq!(one.1, other.1, "the end depends on how the body is cut");
    if one.1.is_ok() {
        assert_eq!(one.0, other.0, "the content depends on how the body is cut");
    } else {
        let (short, long) = if one.0.len() < other.0.len() { (one, other) } else { (other, one) };
        assert!(long.0.starts_with(&short.0), "the content depends on how the body is cut");
    }
}

/// What came out, and how it ended.
type Outcome = (Vec<u8>, Result<Vec<Trailer>, Error>);

struct Upload {
    signed: sigv4::Signed,
    verified: sigv4::Verified,
    headers: HeaderMap,
}

impl Upload {
    fn signed(chunks: Chunks, mut headers: HeaderMap) -> Self {
        let (secret, keys) = (Secret::new("secret"), SigningKeys::new(1));
        let signer = Signer {
            access_key_id: "AKIDEXAMPLE",
            secret: &secret,
            session_token: None,
            region: "us-east-1",
            service: "s3",
            style: Style::S3,
            time: NOW,
        };
        let signed = signer.sign("PUT", ("/b/k", ""), &mut headers, Payload::Chunked(chunks), &keys).expect("signs");
        let request = Request { method: "PUT", path: "/b/k", query: "", headers: &headers };
        let expect =
            Expect { service: "s3", region: "us-east-1", style: Style::S3, now: NOW, skew: Duration::from_secs(900) };
        let claim = sigv4::read(&request).expect("reads").expect("is signed");
        let verified = claim.verify(&request, &secret, None, &expect, &keys).expect("verifies");
        Self { signed, verified, headers }
    }

    fn decode(&self, body: &[u8], cut: usize) -> Outcome {
        let mut content = Vec::new();
        let ended = Decoder::new(&self.verified, &self.headers).and_then(|mut decoder| {
            for piece in body.chunks(cut) {
                let mut input = Bytes::copy_from_slice(piece);
                while let Some(piece) = decoder.feed(&mut input)? {
                    content.extend_from_slice(&piece);
                }
                assert!(input.is_empty(), "input was left");
            }
            decoder.finish()
        });
        (content, ended)
    }
}

fn headers(length: usize) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("localhost"));
    headers.insert("x-amz-decoded-content-length", HeaderValue::from(length));
    headers
}

const NOW: Timestamp = Timestamp::from_seconds(1_767_355_200);
