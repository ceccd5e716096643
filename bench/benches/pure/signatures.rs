//! What it costs to read and verify a signature whose signing key is remembered.

use std::hint::black_box;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use sigv4::{Expect, Payload, Request, Signer, SigningKeys, Style, sha256};
use vocab::{Clock, Secret, SystemClock};

use crate::{Result, nanos};

pub fn signatures() -> Result {
    println!("\n| signature | signed headers | ns | budget |\n|---|--:|--:|--:|");
    let token = Secret::new("t".repeat(600));
    for (name, service, style, path, headers, token, budget) in [
        ("a small request", "sts", Style::Standard, "/", &[][..], None, 1000),
        ("a call of an SDK with a session token", "dynamodb", Style::Standard, "/", &OF_AN_SDK[..], Some(&token), 2500),
        ("S3 GET with a session token", "s3", Style::S3, "/game/score", &[][..], Some(&token), 2500),
    ] {
        let signed = Signed::new(service, style, path, headers, token)?;
        signed.verify()?;
        println!("| {name} | {} | {:.0} | {budget} |", signed.count()?, nanos(|| signed.verify()));
    }
    Ok(())
}

/// A request and what it is verified with.
struct Signed<'a> {
    path: &'a str,
    headers: HeaderMap,
    secret: Secret,
    hash: [u8; 32],
    expect: Expect<'a>,
    keys: SigningKeys,
}

impl<'a> Signed<'a> {
    fn new(
        service: &'a str,
        style: Style,
        path: &'a str,
        more: &[(&'static str, &'static str)],
        session_token: Option<&Secret>,
    ) -> Result<Self> {
        let (secret, keys, now) = (Secret::new("x".repeat(40)), SigningKeys::new(64), SystemClock.now());
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:4566"));
        headers.insert("user-agent", HeaderValue::from_static("aws-sdk-rust/1.3.3 os/linux lang/rust/1.95.0"));
        headers.insert("accept-encoding", HeaderValue::from_static("gzip"));
        headers.extend(
            more.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value))),
        );
        let access_key_id = if session_token.is_some() { "ASIAEXAMPLEEXAMPLE00" } else { "AKIAEXAMPLEEXAMPLE00" };
        let hash = sha256(b"{}");
        let signer =
            Signer { access_key_id, secret: &secret, session_token, region: "us-east-1", service, style, time: now };
        signer.sign("POST", (path, ""), &mut headers, Payload::Hash(hash), &keys)?;
        let expect = Expect { service, region: "us-east-1", style, now, skew: Duration::from_secs(900) };
        Ok(Self { path, headers, secret, hash, expect, keys })
    }

    fn verify(&self) -> Result<sigv4::Verified, sigv4::Error> {
        let request = Request { method: "POST", path: self.path, query: "", headers: &self.headers };
        let claim = sigv4::read(black_box(&request))?.ok_or(sigv4::Error::Mismatch)?;
        claim.verify(&request, &self.secret, Some(self.hash), &self.expect, &self.keys)
    }

    fn count(&self) -> Result<usize> {
        let request = Request { method: "POST", path: self.path, query: "", headers: &self.headers };
        let claim = sigv4::read(&request)?.ok_or("not signed")?;
        Ok(claim.signed_headers.split(';').count())
    }
}

/// What the SDKs send and sign; with date, host and session token nine headers.
const OF_AN_SDK: [(&str, &str); 6] = [
    ("content-type", "application/x-amz-json-1.0"),
    ("content-length", "2"),
    ("x-amz-target", "DynamoDB_20120810.GetItem"),
    ("x-amz-user-agent", "aws-sdk-js/3.1173.0 ua/2.1 os/linux"),
    ("amz-sdk-invocation-id", "01234567-89ab-cdef-0123-456789abcdef"),
    ("amz-sdk-request", "attempt=1; max=3"),
];
