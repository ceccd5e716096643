//! Properties: no input panics, what was signed is verified, and what was changed is not.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use proptest::collection::vec;
use proptest::prelude::*;
use sigv4::chunked::{Decoder, Encoder, Trailer};
use sigv4::{Chunks, Expect, Payload, Signer, SigningKeys, Style, sha256};
use vocab::{Secret, Timestamp};

use crate::support::Sent;

proptest! {
    #[test]
    fn any_request_is_read_and_refused_without_a_panic(
        path in ".{0,40}",
        query in query(),
        authorization in prop::option::of(authorization()),
        others in vec((0_usize..6, vec(any::<u8>(), 0..40)), 0..4),
        style in style(),
    ) {
        let mut sent = Sent::new("GET", "/", &[("host", "x")], b"");
        (sent.path, sent.query) = (path, query);
        let texts = authorization.map(|text| (5, text.into_bytes()));
        for (name, value) in others.into_iter().chain(texts) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                sent.headers.append(READ[name], value);
            }
        }
        let claim = sigv4::read(&sent.request());
        if let Ok(Some(claim)) = claim {
            prop_assert!(claim.verify(&sent.request(), &secret(), None, &expect(style), &SigningKeys::new(1)).is_err());
            let _ = claim.canonical(&sent.request(), style, None);
        }
    }

    #[test]
    fn what_was_signed_is_verified_and_nothing_else(
        (path, query) in (".{0,30}", "[ -~é]{0,30}"),
        value in vec(any::<u8>(), 0..20),
        body in vec(any::<u8>(), 0..64),
        (style, presigned, token) in (style(), any::<bool>(), any::<bool>()),
    ) {
        // A query that authenticates by itself is another test's matter.
        prop_assume!(!query.contains("X-Amz-") && !query.contains("AWSAccessKeyId"));
        let value = HeaderValue::from_bytes(&value);
        prop_assume!(value.is_ok());
        let mut sent = Sent::new("PUT", "/", &[("host", "x")], if presigned { b"" } else { &body });
        (sent.path, sent.query) = (path, query);
        sent.headers.insert("x-amz-meta-a", value.unwrap());
        let (secret, token) = (secret(), token.then(|| Secret::new("a/token+=")));
        let signer = Signer { session_token: token.as_ref(), ..signer(&secret, style) };
        if presigned {
            sent.presign(&signer, 60);
        } else {
            sent.sign(&signer, Payload::Hash(sha256(&body)));
        }
        let verified = sent.verify(&secret, &expect(style));
        prop_assert!(verified.is_ok(), "{verified:?}");
        prop_assert!(sent.verify(&Secret::new("another"), &expect(style)).is_err());
        let changes: [fn(&mut Sent); 4] = [
            |sent| sent.path.push('x'),
            |sent| sent.query += "&x=y",
            |sent| sent.add("x-amz-meta-a", "c"),
            |sent| sent.add("x-amz-meta-b", "c"),
        ];
        for change in changes {
            let mut sent = sent.clone();
            change(&mut sent);
            prop_assert!(sent.verify(&secret, &expect(style)).is_err());
        }
        if !presigned {
            sent.body.push(0);
            prop_assert!(sent.verify(&secret, &expect(style)).is_err());
        }
    }

    #[test]
    fn chunked_bodies_come_out_as_they_went_in(
        pieces in vec(vec(any::<u8>(), 0..200), 0..5),
        chunks in chunks(),
        cut in 1_usize..300,
    ) {
        let content = pieces.concat();
        let (sent, body) = encoded(chunks, &pieces, content.len());
        let (decoded, trailers) = decoded(&sent, &body, cut).unwrap();
        prop_assert_eq!(decoded, content);
        prop_assert_eq!(trailers.len(), usize::from(chunks != Chunks::Signed));
    }

    #[test]
    fn a_signed_chunked_body_with_any_byte_changed_is_refused(
        piece in vec(any::<u8>(), 1..100),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let (sent, body) = encoded(Chunks::Signed, std::slice::from_ref(&piece), piece.len());
        let mut changed = body.clone();
        changed[at.index(body.len())] ^= 1 << bit;
        if let Ok((content, _)) = decoded(&sent, &changed, 64) {
            // The digits of a chunk's size may change case and still say the same.
            prop_assert_eq!(content, piece);
        }
    }

    #[test]
    fn any_chunked_body_is_taken_apart_without_a_panic(
        body in prop_oneof![vec(any::<u8>(), 0..200), framing()],
        chunks in chunks(),
        cut in 1_usize..50,
        length in 0_usize..20,
    ) {
        let (sent, _) = encoded(chunks, &[], length);
        let _ = decoded(&sent, &body, cut);
    }
}

fn encoded(chunks: Chunks, pieces: &[Vec<u8>], length: usize) -> (Sent, Vec<u8>) {
    let length = length.to_string();
    let mut sent = Sent::new("PUT", "/b/k", &[("host", "x"), ("x-amz-decoded-content-length", &length)], b"");
    let mut trailers = Vec::new();
    if chunks != Chunks::Signed {
        sent.add("x-amz-trailer", "x-amz-checksum-crc32");
        trailers.push(Trailer { name: "x-amz-checksum-crc32".into(), value: "AAAAAA==".into() });
    }
    let secret = secret();
    let mut encoder = Encoder::new(sent.sign(&signer(&secret, Style::S3), Payload::Chunked(chunks))).unwrap();
    let mut body = Vec::new();
    pieces.iter().for_each(|piece| encoder.chunk(piece, &mut body));
    encoder.finish(trailers, &mut body);
    (sent, body)
}

fn decoded(sent: &Sent, body: &[u8], cut: usize) -> Result<(Vec<u8>, Vec<Trailer>), sigv4::chunked::Error> {
    let verified = sent.verify(&secret(), &expect(Style::S3)).unwrap();
    let headers: &HeaderMap = &sent.headers;
    let mut decoder = Decoder::new(&verified, headers)?;
    let mut content = Vec::new();
    for piece in body.chunks(cut) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(piece) = decoder.feed(&mut input)? {
            content.extend_from_slice(&piece);
        }
    }
    Ok((content, decoder.finish()?))
}

fn style() -> impl Strategy<Value = Style> {
    prop_oneof![Just(Style::S3), Just(Style::Standard)]
}

fn chunks() -> impl Strategy<Value = Chunks> {
    prop_oneof![Just(Chunks::Signed), Just(Chunks::SignedTrailer), Just(Chunks::UnsignedTrailer)]
}

/// Headers that are nearly right, and some that are not at all.
fn authorization() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("Credential=AKIA/20260102/us-east-1/s3/aws4_request".to_owned()),
        Just("SignedHeaders=host;x-amz-date".to_owned()),
        Just(format!("Signature={}", "0".repeat(64))),
        "(Credential|SignedHeaders|Signature)=[ -~]{0,20}",
    ];
    let near = vec(part, 0..5).prop_map(|parts| format!("AWS4-HMAC-SHA256 {}", parts.join(",")));
    prop_oneof![near, "[ -~]{0,80}"]
}

fn query() -> impl Strategy<Value = String> {
    let name = "(Algorithm|Credential|Signature|SignedHeaders|Date|Expires|Security-Token|Content-Sha256)";
    let value = "(AWS4-HMAC-SHA256|AKIA/20260102/us-east-1/s3/aws4_request|0{64}|host|20260102T120000Z|60|.{0,9})";
    let part = (name, value).prop_map(|(name, value)| format!("X-Amz-{name}={value}"));
    let near = vec(part, 0..8).prop_map(|parts| parts.join("&"));
    prop_oneof![near, ".{0,60}"]
}

fn framing() -> impl Strategy<Value = Vec<u8>> {
    let piece = "([0-9a-f]{1,3}|;chunk-signature=[0-9a-f]{64}|\r\n|\n|0\r\n|abc|x-amz-checksum-crc32:A)";
    vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

fn signer(secret: &Secret, style: Style) -> Signer<'_> {
    let access_key_id = "AKIDEXAMPLE";
    Signer { access_key_id, secret, session_token: None, region: "us-east-1", service: "s3", style, time: NOW }
}

fn expect(style: Style) -> Expect<'static> {
    Expect { service: "s3", region: "us-east-1", style, now: NOW, skew: Duration::from_secs(900) }
}

fn secret() -> Secret {
    Secret::new("secret")
}

const READ: [&str; 6] = ["x-amz-date", "date", "x-amz-security-token", "x-amz-content-sha256", "host", "authorization"];
/// 2026-01-02, noon.
const NOW: Timestamp = Timestamp::from_seconds(1_767_355_200);
