//! User content never shares an origin with the operator.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use server::testing::{Answer, TestServer};

use crate::admin::services;

async fn page(server: &TestServer, path: &str, host: &str) -> Answer {
    asked(server, Method::GET, path, host, &[]).await
}

async fn asked(server: &TestServer, method: Method, path: &str, host: &str, headers: &[(&str, &str)]) -> Answer {
    let uri = format!("http://{}{path}", server.authority());
    let mut request = Request::builder().method(method).uri(uri).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    server.send_raw(request.body(Full::new(Bytes::new())).unwrap()).await
}

#[tokio::test]
async fn health_and_keys_are_open_to_every_host() {
    let server = TestServer::start(services).await;
    for path in ["/_daypass/health", "/_daypass/ready", "/.well-known/openid-configuration", "/.well-known/jwks_uri"] {
        assert_eq!(page(&server, path, "anything.example").await.status, 200, "{path}");
    }
    let discovery = page(&server, "/.well-known/openid-configuration", "x").await.json();
    assert_eq!(discovery["issuer"], "https://cognito-identity.amazonaws.com");
    let keys = page(&server, "/.well-known/jwks_uri", "x").await.json();
    assert_eq!(keys["keys"][0]["kid"], "us-east-11");
    assert!(keys["keys"][0].get("d").is_none());
}

#[tokio::test]
async fn reserved_paths_refuse_rebound_hosts() {
    let server = TestServer::start(services).await;
    assert_eq!(page(&server, "/_daypass/metrics", "evil.example").await.status, 421);
    assert_eq!(page(&server, "/_daypass/anything", "127.0.0.1.evil.example").await.status, 421);
    assert_eq!(page(&server, "/_daypass/anything", "localhost:4566").await.status, 404);
}

#[tokio::test]
async fn writes_from_pages_of_other_origins_are_refused() {
    let server = TestServer::start(services).await;
    let own = server.authority();
    let other = asked(&server, Method::POST, "/_daypass/x", &own, &[("origin", "http://evil.example")]).await;
    assert_eq!(other.status, 403);
    let null = asked(&server, Method::POST, "/_daypass/x", &own, &[("origin", "null")]).await;
    assert_eq!(null.status, 403);
    let same = asked(&server, Method::POST, "/_daypass/x", &own, &[("origin", &format!("http://{own}"))]).await;
    assert_eq!(same.status, 404);
    assert!(same.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn metrics_stand_on_the_operators_host_alone() {
    let server =
        TestServer::start_with(services, |settings| settings.console_host = Some("console.localhost".into())).await;
    assert_eq!(page(&server, "/_daypass/metrics", &server.authority()).await.status, 404);
    let metrics = page(&server, "/_daypass/metrics", "console.localhost:4566").await;
    assert_eq!(metrics.status, 200);
    // That host serves nothing else.
    assert_eq!(page(&server, "/", "console.localhost").await.status, 404);
    assert_eq!(page(&server, "/some-bucket/key", "console.localhost").await.status, 404);
}

#[tokio::test]
async fn the_operators_address_answers_to_itself_alone() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = TestServer::start_with(services, |settings| settings.admin_listen = Some(free)).await;
    let asked = async |host: &str| {
        let request = Request::builder().uri(format!("http://{free}/_daypass/metrics")).header("host", host);
        server.send_raw(request.body(Full::new(Bytes::new())).unwrap()).await.status
    };
    assert_eq!(asked(&free.to_string()).await, 200);
    assert_eq!(asked("localhost").await, 200);
    assert_eq!(asked("evil.example").await, 421, "a name that a stranger's DNS points here");
}
