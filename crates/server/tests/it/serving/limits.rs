//! The open door is watched: strangers who call too often are told so, and nobody else notices.

use std::num::NonZeroU32;
use std::time::Duration;

use operation::limits::Rates;
use serde_json::json;
use server::testing::{Keys, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vocab::Secret;

use crate::game::{IdentityCalls, services};

async fn pool(server: &TestServer) -> String {
    let body = json!({ "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true });
    let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
    made.json()["IdentityPoolId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn unsigned_calls_of_one_address_are_limited() {
    let rates = Rates { unsigned_per_address: NonZeroU32::new(2), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let pool = pool(&server).await;
    let mut refused = None;
    for _ in 0..20 {
        let answer = server.identity("GetId", json!({ "IdentityPoolId": pool }), None).await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("twenty calls at once are too many");
    assert_eq!((refused.status, refused.code().as_str()), (400, "TooManyRequestsException"));
    assert_eq!(refused.message(), "Rate exceeded");
    // Who signs is not a stranger.
    let signed = server.identity("ListIdentityPools", json!({ "MaxResults": 1 }), Some(&server.root)).await;
    assert_eq!(signed.status, 200);
}

#[tokio::test]
async fn a_noisy_pool_does_not_starve_another() {
    let rates = Rates { unsigned_per_pool: NonZeroU32::new(1), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let (noisy, quiet) = (pool(&server).await, pool(&server).await);
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(server.identity("GetId", json!({ "IdentityPoolId": noisy }), None).await.code());
    }
    assert!(codes.contains(&"TooManyRequestsException".to_owned()), "{codes:?}");
    assert_eq!(server.identity("GetId", json!({ "IdentityPoolId": quiet }), None).await.status, 200);
}

#[tokio::test]
async fn who_fails_too_often_is_not_read_for_a_second() {
    let rates = Rates { failures_per_address: NonZeroU32::new(1), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let wrong = Keys { secret: Secret::new("wrong"), ..server.root.clone() };
    let call = async |keys| server.identity("ListIdentityPools", json!({ "MaxResults": 1 }), Some(keys)).await.code();
    let mut codes = Vec::new();
    for _ in 0..20 {
        codes.push(call(&wrong).await);
    }
    assert_eq!(codes.first().unwrap(), "InvalidSignatureException");
    assert_eq!(codes.last().unwrap(), "TooManyRequestsException");
    assert_eq!(call(&server.root).await, "TooManyRequestsException", "a right key says nothing before it is read");
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(call(&server.root).await, "");
}

#[tokio::test]
async fn connections_of_one_address_are_limited() {
    let server = TestServer::start_with(services, |settings| settings.bounds.connections_per_address = 2).await;
    let hold = async || {
        let mut stream = TcpStream::connect(server.authority()).await.unwrap();
        stream.write_all(b"GET /_daypass/health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.ok().map(|_| stream)
    };
    let (one, two) = (hold().await, hold().await);
    assert!(one.is_some() && two.is_some());
    assert!(hold().await.is_none(), "a third is closed without an answer");
    drop(one);
    while hold().await.is_none() {}
    drop(two);
}

#[tokio::test]
async fn a_streamed_body_that_comes_drop_by_drop_is_given_up() {
    let server = TestServer::start_with(crate::s3::services, |settings| {
        settings.bounds.body_timeout = Duration::from_millis(200);
    })
    .await;
    let bucket = server.s3(http::Method::PUT, "/games", &[], bytes::Bytes::new(), Some(&server.root)).await;
    assert_eq!(bucket.status, 200, "{}", bucket.text());
    let mut headers = http::HeaderMap::new();
    headers.insert("host", server.authority().parse().unwrap());
    let signer = sigv4::Signer {
        access_key_id: &server.root.id,
        secret: &server.root.secret,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        style: sigv4::Style::S3,
        time: server.host.now(),
    };
    let target = ("/games/score", "");
    signer.sign("PUT", target, &mut headers, sigv4::Payload::Unsigned, &sigv4::SigningKeys::new(1)).unwrap();
    let mut head = "PUT /games/score HTTP/1.1\r\ncontent-length: 1000\r\n".to_owned();
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let (mut answer, mut body) = TcpStream::connect(server.authority()).await.unwrap().into_split();
    body.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let drops = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        // No pause is longer than the patience, and a thousand would take a minute.
        while body.write_all(b".").await.is_ok() {
            pace.tick().await;
        }
    });
    let mut text = String::new();
    let _ = answer.read_to_string(&mut text).await;
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("RequestTimeout"), "{text}");
    drops.abort();
}

#[tokio::test]
async fn new_guests_of_one_pool_do_not_use_up_anothers() {
    let rates = Rates { guests_per_pool: NonZeroU32::new(1), ..Rates::UNLIMITED };
    let server = TestServer::start_limited(services, |_| (), rates).await;
    let (noisy, quiet) = (pool(&server).await, pool(&server).await);
    let mut codes = Vec::new();
    for _ in 0..10 {
        codes.push(server.identity("GetId", json!({ "IdentityPoolId": noisy }), None).await.code());
    }
    assert!(codes.contains(&"TooManyRequestsException".to_owned()), "{codes:?}");
    assert_eq!(server.identity("GetId", json!({ "IdentityPoolId": quiet }), None).await.status, 200);
}

#[tokio::test]
async fn bodies_that_are_being_read_have_a_bounded_room() {
    let server = TestServer::start_with(services, |settings| settings.bounds.bodies = 10_000).await;
    assert_eq!(server.identity("GetId", json!({}), None).await.code(), "ValidationException");
    let mut hog = TcpStream::connect(server.authority()).await.unwrap();
    let head =
        "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSCognitoIdentityService.GetId\r\ncontent-length: 10000\r\n\r\n";
    hog.write_all(head.as_bytes()).await.unwrap();
    hog.write_all(&[b' '; 9_999]).await.unwrap();
    let refused = loop {
        let answer = server.identity("GetId", json!({}), None).await;
        if answer.code() != "ValidationException" {
            break answer;
        }
    };
    assert_eq!((refused.status, refused.code().as_str()), (503, "ServiceUnavailable"));
    drop(hog);
    while server.identity("GetId", json!({}), None).await.code() != "ValidationException" {}
}

#[tokio::test]
async fn a_stranger_gets_no_more_room_by_a_signature_that_nobody_looks_at() {
    let server = TestServer::start(services).await;
    let pool = pool(&server).await;
    let headers = [
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "AWSCognitoIdentityService.GetId".to_owned()),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/cognito-identity/aws4_request".to_owned(),
        ),
    ];
    for (blanks, wanted) in [(1024, 200), (1024 * 1024, 413)] {
        let body = format!("{}{}", json!({ "IdentityPoolId": pool }), " ".repeat(blanks));
        let answer = server.send("cognito-identity", http::Method::POST, "/", &headers, body.into(), None).await;
        assert_eq!(answer.status, wanted, "{}", answer.text());
    }
}

#[tokio::test]
async fn one_address_does_not_take_the_room_for_bodies_of_all() {
    let server = TestServer::start_with(services, |settings| {
        settings.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        (settings.bounds.bodies, settings.bounds.document) = (40_000, 10_000);
    })
    .await;
    let mut hog = TcpStream::connect(server.authority()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: AWSCognitoIdentityService.GetId\r\n\
                x-forwarded-for: 192.0.2.1\r\ncontent-length: 10000\r\n\r\n";
    hog.write_all(head.as_bytes()).await.unwrap();
    hog.write_all(&[b' '; 9_999]).await.unwrap();
    let call = async |address: &str| {
        let headers = [
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("x-amz-target", "AWSCognitoIdentityService.GetId".to_owned()),
            ("x-forwarded-for", address.to_owned()),
        ];
        server.send("cognito-identity", http::Method::POST, "/", &headers, "{}".into(), None).await.code()
    };
    // What it sent has come when its address has no room left.
    while call("192.0.2.1").await != "ServiceUnavailable" {}
    assert_eq!(call("192.0.2.2").await, "ValidationException");
}
