//! Chunked bodies: AWS's documented uploads, and what an attacker would do to them.

use bytes::Bytes;
use sigv4::chunked::{Decoder, Encoder, Error, Trailer};
use sigv4::{Chunks, Payload, Signer, Style};
use vocab::{Secret, Timestamp};

use crate::support::{Sent, expect};

const CHUNKS: [&str; 3] = [
    "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
];
const TRAILER_CHUNKS: [&str; 3] = [
    "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
];

#[test]
fn the_documented_upload_with_signed_chunks_is_accepted() {
    let content = decode(&documented(), &framed(CHUNKS, "\r\n")).unwrap();
    assert_eq!(content, (vec![b'a'; 66560], vec![]));
}

#[test]
fn the_documented_upload_with_a_signed_trailer_is_accepted_in_both_spellings() {
    let trailer = vec![Trailer { name: "x-amz-checksum-crc32c".into(), value: "sOO8/Q==".into() }];
    for end in ["\r\n", "\n\r\n"] {
        let body = framed(TRAILER_CHUNKS, &signed_trailer(end));
        let content = decode(&documented_trailer(), &body).unwrap();
        assert_eq!(content, (vec![b'a'; 66560], trailer.clone()));
    }
}

#[test]
fn an_altered_chunk_is_refused() {
    let mut body = framed(CHUNKS, "\r\n");
    body[70_000 - 4000] = b'b';
    assert_eq!(decode(&documented(), &body), Err(Error::ChunkSignature));
    let mut body = framed(CHUNKS, "\r\n");
    body[30] ^= 1;
    assert!(decode(&documented(), &body).is_err(), "the signature of the first chunk is altered");
}

#[test]
fn chunks_in_another_order_are_refused() {
    let [first, second, last] = CHUNKS;
    let mut body = Vec::new();
    for (head, length) in [(second, 1024), (first, 65536), (last, 0)] {
        push(&mut body, head, length);
    }
    assert_eq!(decode(&documented(), &body), Err(Error::ChunkSignature));
}

#[test]
fn a_body_that_ends_early_is_refused_wherever_it_ends() {
    for whole in [framed(CHUNKS, "\r\n"), framed(TRAILER_CHUNKS, &signed_trailer("\r\n"))] {
        let request =
            if whole.ends_with(b"\r\n\r\n") && whole.len() > 66_900 { documented_trailer() } else { documented() };
        let ends = (0..120).chain(65_600..65_750).chain(whole.len() - 280..whole.len());
        for end in ends {
            assert!(decode(&request, &whole[..end]).is_err(), "cut at {end} of {}", whole.len());
        }
    }
}

#[test]
fn a_missing_final_chunk_is_refused() {
    let mut body = Vec::new();
    push(&mut body, CHUNKS[0], 65536);
    push(&mut body, CHUNKS[1], 1024);
    assert_eq!(decode(&documented(), &body), Err(Error::Truncated));
}

#[test]
fn bytes_behind_the_end_are_refused() {
    for more in ["x", "\r\n", "0\r\n\r\n"] {
        let mut body = framed(CHUNKS, "\r\n");
        body.extend_from_slice(more.as_bytes());
        assert!(decode(&documented(), &body).is_err(), "{more:?}");
    }
}

#[test]
fn a_length_other_than_declared_is_refused() {
    for (length, error) in [
        ("66559", Error::LengthDiffers { wanted: 66559 }),
        ("66561", Error::LengthDiffers { wanted: 66561 }),
        ("65536", Error::LengthDiffers { wanted: 65536 }),
        ("+66560", Error::LengthMalformed),
        ("", Error::LengthMalformed),
        ("99999999999999999999999", Error::LengthMalformed),
    ] {
        let mut headers = documented().headers.clone();
        headers.insert("x-amz-decoded-content-length", length.parse().unwrap());
        let verified = verified(&documented());
        let result = Decoder::new(&verified, &headers).and_then(|decoder| run(decoder, &framed(CHUNKS, "\r\n"), 4096));
        assert_eq!(result.unwrap_err(), error, "{length}");
    }
}

#[test]
fn oversized_heads_and_trailers_are_refused_without_holding_them() {
    let request = signed(Chunks::UnsignedTrailer, 3, Some("x-amz-checksum-crc32"));
    let endless = vec![b'0'; 1_000_000];
    assert_eq!(decode(&request, &endless), Err(Error::TooLong { what: "chunk header", limit: 99 }));
    let mut body = b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:".to_vec();
    body.extend_from_slice(&endless);
    assert_eq!(decode(&request, &body), Err(Error::TooLong { what: "trailer", limit: 4096 }));
    for head in ["ffffffffffffffff", "10000000000000000", "4", "", "-1", "+3", "3;x=y", "3 "] {
        let body = format!("{head}\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n");
        assert!(decode(&request, body.as_bytes()).is_err(), "{head:?}");
    }
}

#[test]
fn unsigned_trailers_must_be_those_declared() {
    let good = "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
    let request = signed(Chunks::UnsignedTrailer, 3, Some("x-amz-checksum-crc32"));
    let trailer = Trailer { name: "x-amz-checksum-crc32".into(), value: "AAAAAA==".into() };
    assert_eq!(decode(&request, good.as_bytes()), Ok((b"abc".to_vec(), vec![trailer])));
    for body in [
        "3\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-amz-meta-a:b\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:B\r\n\r\n",
        "3\r\nabc\r\n0\r\nx-amz-checksum-crc32:A\r\nx-amz-acl:public-read\r\n\r\n",
    ] {
        assert_eq!(decode(&request, body.as_bytes()), Err(Error::TrailerDiffers), "{body}");
    }
    for body in ["3\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabcx\r\n0\r\n\r\n"] {
        assert!(decode(&request, body.as_bytes()).is_err(), "{body}");
    }
}

#[test]
fn an_altered_or_missing_trailer_signature_is_refused() {
    let good = framed(TRAILER_CHUNKS, &signed_trailer("\r\n"));
    let mut altered = good.clone();
    let place = altered.windows(4).position(|window| window == b"sOO8").unwrap();
    altered[place] = b'S';
    assert_eq!(decode(&documented_trailer(), &altered), Err(Error::TrailerSignature));
    let missing = framed(TRAILER_CHUNKS, "x-amz-checksum-crc32c:sOO8/Q==\r\n\r\n");
    assert_eq!(decode(&documented_trailer(), &missing), Err(Error::Truncated));
}

#[test]
fn chunk_signatures_cannot_be_dropped() {
    let body = format!("10400\r\n{}\r\n0\r\n\r\n", "a".repeat(66560));
    assert_eq!(decode(&documented(), body.as_bytes()), Err(Error::Malformed { what: "chunk header" }));
}

#[test]
fn a_request_that_is_not_chunked_has_no_decoder() {
    let mut sent = Sent::new("PUT", "/b/k", &[("host", "h")], b"");
    sent.sign(&signer(&secret()), Payload::Unsigned);
    assert_eq!(Decoder::new(&verified(&sent), &sent.headers).err(), Some(Error::NotChunked));
}

#[test]
fn an_encoded_body_decodes_however_it_is_cut() {
    for chunks in [Chunks::Signed, Chunks::SignedTrailer, Chunks::UnsignedTrailer] {
        let names = (chunks != Chunks::Signed).then_some("x-b, x-a");
        let trailers: Vec<Trailer> =
            ["x-b", "x-a"].map(|name| Trailer { name: name.into(), value: "1 2".into() }).into();
        let mut sent = Sent::new("PUT", "/b/k", &[("host", "h"), ("x-amz-decoded-content-length", "11")], b"");
        names.into_iter().for_each(|names| sent.add("x-amz-trailer", names));
        let mut encoder = Encoder::new(sent.sign(&signer(&secret()), Payload::Chunked(chunks))).unwrap();
        let mut body = Vec::new();
        encoder.chunk(b"hello ", &mut body);
        encoder.chunk(b"", &mut body);
        encoder.chunk(b"world", &mut body);
        encoder.finish(if names.is_some() { trailers } else { vec![] }, &mut body);
        for cut in 1..body.len() {
            let (content, trailers) = run(Decoder::new(&verified(&sent), &sent.headers).unwrap(), &body, cut).unwrap();
            assert_eq!(content, b"hello world");
            assert_eq!(trailers.len(), if names.is_some() { 2 } else { 0 });
        }
    }
}

#[test]
fn after_an_error_nothing_more_comes_out() {
    let request = signed(Chunks::UnsignedTrailer, 3, None);
    let mut decoder = Decoder::new(&verified(&request), &request.headers).unwrap();
    assert!(decoder.feed(&mut Bytes::from_static(b"9\r\n")).is_err());
    assert!(decoder.feed(&mut Bytes::from_static(b"3\r\nabc\r\n0\r\n\r\n")).is_err());
    assert!(decoder.finish().is_err());
}

fn decode(sent: &Sent, body: &[u8]) -> Result<(Vec<u8>, Vec<Trailer>), Error> {
    run(Decoder::new(&verified(sent), &sent.headers)?, body, 8191)
}

fn run(mut decoder: Decoder, body: &[u8], cut: usize) -> Result<(Vec<u8>, Vec<Trailer>), Error> {
    let mut content = Vec::new();
    for piece in body.chunks(cut) {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(piece) = decoder.feed(&mut input)? {
            content.extend_from_slice(&piece);
        }
        assert!(input.is_empty());
    }
    Ok((content, decoder.finish()?))
}

fn framed(chunks: [&str; 3], end: &str) -> Vec<u8> {
    let mut body = Vec::new();
    push(&mut body, chunks[0], 65536);
    push(&mut body, chunks[1], 1024);
    body.extend_from_slice(format!("{}\r\n{end}", chunks[2]).as_bytes());
    body
}

fn push(body: &mut Vec<u8>, head: &str, length: usize) {
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(b"\r\n");
    body.extend(std::iter::repeat_n(b'a', length));
    body.extend_from_slice(b"\r\n");
}

fn signed_trailer(end: &str) -> String {
    format!(
        "x-amz-checksum-crc32c:sOO8/Q=={end}x-amz-trailer-signature:\
         d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    )
}

fn documented() -> Sent {
    documented_with(
        &[("content-length", "66824"), ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")],
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;\
         x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    )
}

fn documented_trailer() -> Sent {
    documented_with(
        &[
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
            ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ],
        "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;\
         x-amz-trailer",
        "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
    )
}

fn documented_with(headers: &[(&str, &str)], signed: &str, signature: &str) -> Sent {
    let mut sent = Sent::new("PUT", "/examplebucket/chunkObject.txt", headers, b"");
    for (name, value) in [
        ("content-encoding", "aws-chunked"),
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
    ] {
        sent.add(name, value);
    }
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
         SignedHeaders={signed},Signature={signature}"
    );
    sent.add("authorization", &authorization);
    sent
}

fn signed(chunks: Chunks, length: u64, trailer: Option<&str>) -> Sent {
    let length = length.to_string();
    let mut sent = Sent::new("PUT", "/b/k", &[("host", "h"), ("x-amz-decoded-content-length", &length)], b"");
    trailer.into_iter().for_each(|names| sent.add("x-amz-trailer", names));
    sent.sign(&signer(&secret()), Payload::Chunked(chunks));
    sent
}

fn verified(sent: &Sent) -> sigv4::Verified {
    sent.verify(&secret(), &expect("s3", Style::S3, "20130524T000100Z")).unwrap()
}

fn signer(secret: &Secret) -> Signer<'_> {
    Signer {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        style: Style::S3,
        time: Timestamp::from_amz_date("20130524T000000Z").unwrap(),
    }
}

fn secret() -> Secret {
    Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
}
