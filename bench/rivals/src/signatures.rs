//! Signature Version 4: verifying a small S3 request, and one with nine signed headers and a token of 600 bytes.

use std::hint::black_box;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3, S3Request, S3Response, S3Result};
use scratchstack_aws_principal::{Principal, PrincipalIdentity, SessionData, User};
use scratchstack_aws_signature::{
    GetSigningKeyRequest, GetSigningKeyResponse, KSecretKey, NO_ADDITIONAL_SIGNED_HEADERS, SignatureOptions,
    sigv4_validate_request,
};
use sigv4::{Expect, Payload, Request, Signer, SigningKeys, Style, sha256};
use vocab::{Clock, Secret, SystemClock};

use crate::{Result, clock};

const KEY_ID: &str = "AKIAEXAMPLEEXAMPLE00";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const PATH: &str = "/game/score";

/// A signed GET of an object.
struct Signed {
    headers: HeaderMap,
}

/// Prints the table.
pub fn measure(runtime: &tokio::runtime::Runtime) -> Result {
    println!("| signature, ns | daypass | scratchstack-aws-signature | s3s |");
    println!("|---|--:|--:|--:|");
    for (name, more) in [("a small request", false), ("nine signed headers and a token of 600 bytes", true)] {
        let signed = sign(more)?;
        let ours = ours(&signed)?;
        let scratchstack = scratchstack(&signed, runtime)?;
        let s3s = in_s3s(&signed, runtime)?;
        println!(
            "| {name} | {ours:.0} | {scratchstack:.0} ({:.1}×) | {s3s:.0} ({:.1}×) |",
            scratchstack / ours,
            s3s / ours
        );
    }
    println!(
        "\nSigning keys are at hand in each. s3s has no verifier of its own to call: its column is a whole request of its"
    );
    println!("service less the same request unsigned, both answered by an operation that does nothing.");
    Ok(())
}

fn sign(more: bool) -> Result<Signed> {
    let token = Secret::new("t".repeat(600));
    let secret = Secret::new(SECRET);
    let signer = Signer {
        access_key_id: KEY_ID,
        secret: &secret,
        session_token: more.then_some(&token),
        region: "us-east-1",
        service: "s3",
        style: Style::S3,
        time: SystemClock.now(),
    };
    let mut headers = HeaderMap::new();
    headers.insert("host", "localhost:4800".parse()?);
    if more {
        for (name, value) in [
            ("x-amz-meta-one", "one"),
            ("x-amz-meta-two", "two"),
            ("x-amz-checksum-mode", "ENABLED"),
            ("x-amz-request-payer", "requester"),
            ("x-amz-expected-bucket-owner", "111111111111"),
        ] {
            headers.insert(name, value.parse()?);
        }
    }
    signer.sign("GET", (PATH, ""), &mut headers, Payload::Hash(sha256(b"")), &SigningKeys::new(1))?;
    Ok(Signed { headers })
}

fn ours(signed: &Signed) -> Result<f64> {
    let keys = SigningKeys::new(64);
    let secret = Secret::new(SECRET);
    let hash = sha256(b"");
    let expect = Expect {
        service: "s3",
        region: "us-east-1",
        style: Style::S3,
        now: SystemClock.now(),
        skew: Duration::from_secs(900),
    };
    let verify = |path: &str| -> Result<sigv4::Verified, sigv4::Error> {
        let request = Request { method: "GET", path, query: "", headers: &signed.headers };
        let claim = sigv4::read(black_box(&request))?.ok_or(sigv4::Error::TwoMechanisms)?;
        claim.verify(&request, &secret, Some(hash), &expect, &keys)
    };
    verify(PATH)?;
    if verify("/game/other").is_ok() {
        return Err("daypass takes a signature for another path".into());
    }
    Ok(clock::nanos(1, |_| verify(PATH).is_ok()))
}

fn scratchstack(signed: &Signed, runtime: &tokio::runtime::Runtime) -> Result<f64> {
    let today = Utc::now();
    let key = KSecretKey::<44>::from_str(SECRET)?.to_ksigning(today.date_naive(), "us-east-1", "s3");
    let user = User::new("aws", "111111111111", "/", "ann")?;
    let principal = Principal::from(vec![PrincipalIdentity::from(user)]);
    let answer = GetSigningKeyResponse::builder()
        .principal(principal)
        .session_data(SessionData::new())
        .signing_key(key)
        .build()?;
    let answer = Arc::new(answer);
    let mut keys = tower::service_fn(move |_: GetSigningKeyRequest| {
        let answer = answer.clone();
        async move { Ok(answer.as_ref().clone()) }
    });
    let request = |path: &str| -> Result<http::Request<()>> {
        let mut request = http::Request::get(path).body(())?;
        *request.headers_mut() = signed.headers.clone();
        Ok(request)
    };
    let now: DateTime<Utc> = today;
    let mut verify = |request: http::Request<()>| {
        let done = sigv4_validate_request(
            request,
            "us-east-1",
            "s3",
            &mut keys,
            now,
            &NO_ADDITIONAL_SIGNED_HEADERS,
            SignatureOptions::S3,
        );
        runtime.block_on(done).is_ok()
    };
    if !verify(request(PATH)?) || verify(request("/game/other")?) {
        return Err("scratchstack-aws-signature verifies wrongly".into());
    }
    let original = request(PATH)?;
    let cloned = clock::nanos(1, |_| original.clone());
    // It takes the request for itself: making a copy is not what is measured.
    Ok(clock::nanos(1, |_| verify(original.clone())) - cloned)
}

/// A store without operations: every one of them answers that it is not implemented.
struct Nothing;

#[async_trait::async_trait]
impl S3 for Nothing {
    async fn get_object(
        &self,
        _: S3Request<s3s::dto::GetObjectInput>,
    ) -> S3Result<S3Response<s3s::dto::GetObjectOutput>> {
        Ok(S3Response::new(s3s::dto::GetObjectOutput::default()))
    }
}

fn in_s3s(signed: &Signed, runtime: &tokio::runtime::Runtime) -> Result<f64> {
    let service = |checked: bool| {
        let mut builder = S3ServiceBuilder::new(Nothing);
        if checked {
            builder.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        }
        builder.build()
    };
    let request = |path: &str, headers: &HeaderMap| -> Result<http::Request<Bytes>> {
        let mut request = http::Request::get(format!("http://localhost:4800{path}")).body(Bytes::new())?;
        *request.headers_mut() = headers.clone();
        Ok(request)
    };
    let call = |service: &S3Service, request: http::Request<Bytes>| {
        runtime.block_on(service.call(request.map(s3s::Body::from))).is_ok_and(|answer| answer.status().is_success())
    };
    let mut unsigned = signed.headers.clone();
    unsigned.remove("authorization");
    let (checking, open) = (service(true), service(false));
    if !call(&checking, request(PATH, &signed.headers)?) || call(&checking, request("/game/other", &signed.headers)?) {
        return Err("s3s verifies wrongly".into());
    }
    let (signed, unsigned) = (request(PATH, &signed.headers)?, request(PATH, &unsigned)?);
    if !call(&open, unsigned.clone()) {
        return Err("s3s does not answer without a signature".into());
    }
    let with = clock::nanos(1, |_| call(&checking, signed.clone()));
    let without = clock::nanos(1, |_| call(&open, unsigned.clone()));
    Ok(with - without)
}
