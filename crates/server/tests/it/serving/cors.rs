//! Browsers are the main client.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;
use server::testing::TestServer;

use crate::admin::services;

#[tokio::test]
async fn the_apis_own_paths_are_open() {
    let server = TestServer::start(services).await;
    for path in ["/", "/identitypools/x/identities/y/datasets"] {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri(format!("http://{}{path}", server.authority()))
            .header("origin", "https://game.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-amz-target");
        let answer = server.send_raw(request.body(Full::new(Bytes::new())).unwrap()).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        let allowed = answer.headers["access-control-allow-headers"].to_str().unwrap();
        assert!(allowed.contains("x-amz-target") && allowed.contains("amz-sdk-invocation-id"));
        // No cookies, ever.
        assert!(answer.headers.get("access-control-allow-credentials").is_none());
    }
}

#[tokio::test]
async fn answers_may_be_read_by_pages_refusals_too() {
    let server = TestServer::start(services).await;
    let headers = [
        ("origin", "https://game.example".to_owned()),
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("x-amz-target", "Daypass.Revoke".to_owned()),
    ];
    let body = Bytes::from(json!({}).to_string());
    let answer = server.send("daypass", Method::POST, "/", &headers, body, None).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    let exposed = answer.headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("x-amzn-RequestId") && exposed.contains("x-amzn-ErrorType"));
}

#[tokio::test]
async fn other_paths_are_not_open() {
    let server = TestServer::start(services).await;
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(format!("http://{}/_daypass/metrics", server.authority()))
        .header("origin", "https://game.example")
        .header("access-control-request-method", "GET");
    let answer = server.send_raw(request.body(Full::new(Bytes::new())).unwrap()).await;
    assert!(answer.headers.get("access-control-allow-origin").is_none());
}
