//! What one request costs apart from wire and store: the decision and the signature. `cargo bench -p bench`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderMap;
use policy::{Context, Kind, Named, Policies, Policy, Principal, Value, decide};
use sigv4::{Expect, Payload, Request, Signer, SigningKeys, Style, sha256};
use vocab::{Clock, Secret, SystemClock};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// What an app's role usually has: a prefix of a bucket and leading keys of a table for each user.
const OWN_DATA: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      "Resource": "arn:aws:s3:::game/${cognito-identity.amazonaws.com:sub}/*" },
    { "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::game",
      "Condition": { "StringLike": { "s3:prefix": "${cognito-identity.amazonaws.com:sub}/*" } } },
    { "Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      "Resource": "arn:aws:dynamodb:us-east-1:111111111111:table/scores",
      "Condition": { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": "${cognito-identity.amazonaws.com:sub}" } } }
] }"#;
const SUB: &str = "us-east-1:01234567-89ab-cdef-0123-456789abcdef";

fn main() -> Result {
    println!("| work | ns | budget |\n|---|--:|--:|");
    decisions()?;
    signatures()?;
    Ok(())
}

fn decisions() -> Result {
    let own = Named { name: "own data".into(), policy: Arc::new(Policy::parse(OWN_DATA, Kind::Identity)?) };
    let identity = [own];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let player = Principal::Session {
        arn: "arn:aws:sts::111111111111:assumed-role/player/session".parse()?,
        role: "arn:aws:iam::111111111111:role/player".parse()?,
        account: "111111111111".parse()?,
        role_id: "AROAPLAYERPLAYERPLAYE".to_owned(),
        id: "AROAPLAYERPLAYERPLAYE:session".to_owned(),
    };
    let mut context = Context::new();
    context.set("cognito-identity.amazonaws.com:sub", SUB);
    context.set("dynamodb:LeadingKeys", Value::Many(vec![SUB.to_owned()]));
    let own_object = format!("arn:aws:s3:::game/{SUB}/score");
    for (name, action, resource, allowed) in [
        ("decision: own object", "s3:GetObject", own_object.as_str(), true),
        ("decision: another's object", "s3:GetObject", "arn:aws:s3:::game/another/score", false),
        ("decision: own item", "dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:111111111111:table/scores", true),
    ] {
        let request = policy::Request {
            principal: &player,
            action,
            resource,
            resource_account: player.account(),
            context: &context,
        };
        if decide(&request, &policies).is_allowed() != allowed {
            return Err(format!("{name} is decided wrongly").into());
        }
        show(name, "200", || decide(black_box(&request), black_box(&policies)));
    }
    Ok(())
}

fn signatures() -> Result {
    let secret = Secret::new("x".repeat(40));
    let token = Secret::new("t".repeat(700));
    let keys = SigningKeys::new(64);
    let now = SystemClock.now();
    for (name, service, style, target) in [
        ("signature: S3 GET with a session token", "s3", Style::S3, ("/game/score", "")),
        ("signature: JSON call with a session token", "dynamodb", Style::Standard, ("/", "")),
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
        show(name, "2500", verify);
    }
    Ok(())
}

/// Prints the median of nine rounds.
fn show<T>(name: &str, budget: &str, work: impl Fn() -> T) {
    const TIMES: u32 = 20_000;
    let mut rounds = [Duration::ZERO; 9];
    for round in &mut rounds {
        let started = Instant::now();
        for _ in 0..TIMES {
            black_box(work());
        }
        *round = started.elapsed() / TIMES;
    }
    rounds.sort_unstable();
    let middle = rounds.get(rounds.len() / 2).copied().unwrap_or_default();
    println!("| {name} | {} | {budget} |", middle.as_nanos());
}
