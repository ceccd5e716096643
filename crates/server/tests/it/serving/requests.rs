//! Requests that no client would send, and signatures that no pipeline may accept.

use bytes::Bytes;
use http::Method;
use serde_json::json;
use server::testing::{Keys, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vocab::Secret;

use crate::admin::services;

const TARGET: &str = "Daypass.Revoke";

fn headers(target: &str) -> [(&'static str, String); 2] {
    [("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amz-target", target.to_owned())]
}

#[tokio::test]
async fn unknown_operations_and_documents_that_are_none() {
    let server = TestServer::start(services).await;
    let answer = server.json("daypass", "Daypass.Nonsense", json!({}), Some(&server.root)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "UnknownOperationException"));
    for body in ["", "{", "[]", "null", "\"x\"", "{\"IdentityId\":1}", "{\"IdentityId\":\"a\",\"IdentityId\":\"b\"}"] {
        let body = Bytes::from_static(body.as_bytes());
        let answer =
            server.send("daypass", Method::POST, "/", &headers(TARGET), body.clone(), Some(&server.root)).await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
        let code = answer.code();
        assert!(code == "SerializationException" || code == "ValidationException", "{body:?}: {code}");
    }
}

#[tokio::test]
async fn documents_are_bounded() {
    let server = TestServer::start(services).await;
    let long = Bytes::from(vec![b' '; 2 * 1024 * 1024]);
    let answer = server.send("daypass", Method::POST, "/", &headers(TARGET), long, None).await;
    assert_eq!(answer.status, 413);
    let deep = Bytes::from("[".repeat(100_000));
    let answer = server.send("daypass", Method::POST, "/", &headers(TARGET), deep, Some(&server.root)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "SerializationException"));
}

#[tokio::test]
async fn a_signature_for_another_service_is_refused() {
    let server = TestServer::start(services).await;
    let answer = server.send("sts", Method::POST, "/", &headers(TARGET), Bytes::from("{}"), Some(&server.root)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidSignatureException"));
    assert_eq!(answer.message(), "Credential should be scoped to correct service: 'daypass'.");
}

#[tokio::test]
async fn unknown_keys_wrong_secrets_and_foreign_tokens() {
    let server = TestServer::start(services).await;
    let call = async |keys: Keys| server.json("daypass", TARGET, json!({}), Some(&keys)).await.code();
    let root = server.root.clone();
    assert_eq!(call(Keys { id: "AKIAQAAAAAAAAAAAAAAA".into(), ..root.clone() }).await, "UnrecognizedClientException");
    assert_eq!(call(Keys { id: "x".into(), ..root.clone() }).await, "UnrecognizedClientException");
    assert_eq!(call(Keys { secret: Secret::new("wrong"), ..root.clone() }).await, "InvalidSignatureException");
    let token = Some(Secret::new("AQAAAAFub25zZW5zZQ"));
    assert_eq!(call(Keys { token: token.clone(), ..root.clone() }).await, "UnrecognizedClientException");
    assert_eq!(call(Keys { id: "ASIAQAAAAAAAAAAAAAAA".into(), token, ..root }).await, "UnrecognizedClientException");
}

#[tokio::test]
async fn the_host_that_is_routed_by_is_the_host_that_was_signed() {
    let server = TestServer::start(services).await;
    let own = server.authority();
    let mut headers = http::HeaderMap::new();
    headers.insert("host", own.parse().unwrap());
    headers.insert("x-amz-target", "Daypass.Revoke".parse().unwrap());
    let signer = sigv4::Signer {
        access_key_id: &server.root.id,
        secret: &server.root.secret,
        session_token: None,
        region: "us-east-1",
        service: "daypass",
        style: sigv4::Style::Standard,
        time: server.host.now(),
    };
    let hash = sigv4::Payload::Hash(sigv4::sha256(b"{}"));
    signer.sign("POST", ("/", ""), &mut headers, hash, &sigv4::SigningKeys::new(1)).unwrap();
    let mut fields = String::new();
    for (name, value) in &headers {
        fields.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    let call = async |target: &str| {
        let mut stream = TcpStream::connect(&own).await.unwrap();
        let text = format!("POST {target} HTTP/1.1\r\n{fields}connection: close\r\ncontent-length: 2\r\n\r\n{{}}");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    // The request line may name the host too, and is what counts then.
    let other = call("http://bucket.example/").await;
    assert!(other.starts_with("HTTP/1.1 400") && other.contains("InvalidSignatureException"), "{other}");
    // Nothing to revoke is named: whoever hears that was let in.
    assert!(call("/").await.contains("ValidationException"));
    assert!(call(&format!("http://{own}/")).await.contains("ValidationException"));
}

#[tokio::test]
async fn a_client_that_waits_to_send_and_is_answered_instead_asks_nothing_more_on_its_connection() {
    let server = TestServer::start(services).await;
    let own = server.authority();
    let call = async |length: usize, expect: &str| {
        let mut stream = TcpStream::connect(&own).await.unwrap();
        let text = format!("PUT /bucket/key HTTP/1.1\r\nhost: {own}\r\n{expect}content-length: {length}\r\n\r\n");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let read = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..read]).to_ascii_lowercase()
    };
    let expect = "expect: 100-continue\r\n";
    for (length, expect, closes) in [(0, expect, true), (0, "", false), (1, expect, true), (1, "", false)] {
        let answer = call(length, expect).await;
        assert!(answer.starts_with("http/1.1 404"), "{answer}");
        assert_eq!(answer.contains("\r\nconnection: close\r\n"), closes, "{length} {expect}");
    }
}
