//! PutBucketCors, GetBucketCors, DeleteBucketCors, and the answers to browsers.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use server::testing::{Answer, TestServer};

use super::{delete, get, get_with, put, refusal, start};

const RULES: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.game.example</AllowedOrigin>\
    <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>*</AllowedHeader>\
    <ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";

async fn preflight(server: &TestServer, origin: &str, method: &str) -> Answer {
    let request = Request::builder()
        .method(Method::OPTIONS)
        .uri(format!("http://{}/game/k", server.authority()))
        .header("origin", origin)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "content-type, X-Amz-Date");
    server.send_raw(request.body(Full::new(Bytes::new())).unwrap()).await
}

#[tokio::test]
async fn preflights_are_answered_from_the_rules() {
    let server = start().await;
    assert_eq!(preflight(&server, "https://a.game.example", "PUT").await.status, 403);
    assert_eq!(put(&server, "/game?cors", RULES).await.status, 200);
    let allowed = preflight(&server, "https://a.game.example", "PUT").await;
    assert_eq!(allowed.status, 200);
    for (name, value) in [
        ("access-control-allow-origin", "https://a.game.example"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "content-type, x-amz-date"),
        ("access-control-expose-headers", "ETag"),
        ("access-control-max-age", "60"),
    ] {
        assert_eq!(allowed.headers[name].to_str().unwrap(), value, "{name}");
    }
    assert!(allowed.headers.get("access-control-allow-credentials").is_none());
    assert_eq!(preflight(&server, "https://evil.example", "PUT").await.status, 403);
    assert_eq!(preflight(&server, "https://a.game.example", "DELETE").await.status, 403);
    put(&server, "/game/k", "x").await;
    let read = get_with(&server, "/game/k", &[("origin", "https://a.game.example")]).await;
    assert_eq!(read.headers["access-control-allow-origin"], "https://a.game.example");
    assert_eq!(read.headers["vary"], "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    let read = get_with(&server, "/game/k", &[("origin", "https://evil.example")]).await;
    assert!(read.headers.get("access-control-allow-origin").is_none());
    // The request itself is held against the methods too, whatever it says about a preflight.
    let origin = ("origin", "https://a.game.example".to_owned());
    let pretends = [origin, ("access-control-request-method", "GET".to_owned())];
    let gone = server.s3(Method::DELETE, "/game/k", &pretends, "", Some(&server.root)).await;
    assert_eq!((gone.status, gone.headers.get("access-control-allow-origin")), (204, None));
}

#[tokio::test]
async fn a_refused_preflight_says_so_in_the_words_of_s3() {
    let server = start().await;
    let refused = preflight(&server, "https://a.game.example", "PUT").await;
    assert_eq!(refusal(&refused), (403, "AccessForbidden".into()));
    assert!(refused.message().starts_with("CORSResponse: This CORS request is not allowed."), "{}", refused.text());
}

#[tokio::test]
async fn rules_are_kept_and_forgotten() {
    let server = start().await;
    assert_eq!(refusal(&get(&server, "/game?cors").await), (404, "NoSuchCORSConfiguration".into()));
    put(&server, "/game?cors", RULES).await;
    let kept = get(&server, "/game?cors").await;
    let inside = RULES.strip_prefix("<CORSConfiguration>").unwrap();
    let (rule, _) = inside.split_once("<AllowedMethod>").unwrap();
    assert!(kept.text().contains(rule), "{}", kept.text());
    assert_eq!(refusal(&put(&server, "/game?cors", "<CORSConfiguration/>").await), (400, "MalformedXML".into()));
    let wrong = RULES.replace("<AllowedMethod>PUT", "<AllowedMethod>PATCH");
    assert_eq!(refusal(&put(&server, "/game?cors", &wrong).await), (400, "InvalidRequest".into()));
    assert_eq!(delete(&server, "/game?cors").await.status, 204);
    assert_eq!(preflight(&server, "https://a.game.example", "PUT").await.status, 403);
}
