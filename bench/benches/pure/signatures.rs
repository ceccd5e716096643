//! What it costs to verify a signature whose signing key is remembered.

use std::hint::black_box;
use std::time::Duration;

use http::HeaderMap;
use sigv4::{Expect, Payload, Request, Signer, SigningKeys, Style, sha256};
use vocab::{Clock, Secret, SystemClock};

use crate::{Result, nanos};

pub fn signatures() -> Result {
    println!("\n| signature | ns | budget |\n|---|--:|--:|");
    let secret = Secret::new("x".repeat(40));
    let token = Secret::new("t".repeat(700));
    let keys = SigningKeys::new(64);
    let now = SystemClock.now();
    for (name, service, style, target) in [
        ("S3 GET with a session token", "s3", Style::S3, ("/game/score", "")),
        ("JSON call with a session token", "dynamodb", Style::Standard, ("/", "")),
    ] {
        let signer = Signer {
            access_key_id: "ASIAEXAMPLEEXAMPLE00",
            secret: &secret,
            session_token: Some(&token),
            region: "us-east-1",
            service,
            style,
            time: now,
        };
        let mut headers = HeaderMap::new();
        headers.insert("host", "localhost:4800".parse()?);
        headers.insert("content-type", "application/x-amz-json-1.0".parse()?);
        let hash = sha256(b"{}");
        signer.sign("POST", target, &mut headers, Payload::Hash(hash), &keys)?;
        let request = Request { method: "POST", path: target.0, query: target.1, headers: &headers };
        let expect = Expect { service, region: "us-east-1", style, now, skew: Duration::from_secs(900) };
        let verify = || -> Result<sigv4::Verified, sigv4::Error> {
            let claim = sigv4::read(black_box(&request))?.ok_or(sigv4::Error::TwoMechanisms)?;
            claim.verify(&request, &secret, Some(hash), &expect, &keys)
        };
        verify()?;
        println!("| {name} | {:.0} | 2500 |", nanos(verify));
    }
    Ok(())
}
