//! DeleteObjects.

use http::Method;

use super::{allow, elements, get, owned, post, put, refusal, start, user};

#[tokio::test]
async fn every_key_is_decided_for_itself() {
    let server = start().await;
    for key in ["ann/1", "bob/1", "bob/2"] {
        put(&server, &format!("/game/{key}"), "x").await;
    }
    let bob = user(&server, "bob", &allow("DeleteObject", "game/bob/*")).await;
    let body = document(&["ann/1", "bob/1", "bob/none"]);
    let answer = server.s3(Method::POST, "/game?delete", &[], body, Some(&bob)).await;
    assert_eq!(answer.status, 200);
    assert_eq!(elements(&answer, "Key"), ["bob/1", "bob/none", "ann/1"]);
    assert_eq!(answer.element("Code"), "AccessDenied");
    assert_eq!(elements(&get(&server, "/game?list-type=2").await, "Key"), ["ann/1", "bob/2"]);
}

#[tokio::test]
async fn quiet_tells_failures_only() {
    let server = start().await;
    put(&server, "/game/a", "x").await;
    let body = document(&["a"]).replace("</Delete>", "<Quiet>true</Quiet></Delete>");
    let answer = post(&server, "/game?delete", &body).await;
    assert_eq!((answer.status, elements(&answer, "Key").len()), (200, 0));
    assert_eq!(get(&server, "/game/a").await.status, 404);
}

#[tokio::test]
async fn documents_are_checked() {
    let server = start().await;
    let many: Vec<String> = (0..1001).map(|key| key.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for body in ["", "<Delete/>", "<Other/>", "<Delete><Object/></Delete>", &document(&many)] {
        assert_eq!(refusal(&post(&server, "/game?delete", body).await), (400, "MalformedXML".into()));
    }
    let wrong = owned(&[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")]);
    let answer = server.s3(Method::POST, "/game?delete", &wrong, document(&["a"]), Some(&server.root)).await;
    assert_eq!(refusal(&answer), (400, "BadDigest".into()));
    assert_eq!(post(&server, "/game?delete", &document(&many[..1000])).await.status, 200);
}

#[tokio::test]
async fn strangers_delete_nothing() {
    let server = start().await;
    put(&server, "/game/a", "x").await;
    let answer = server.s3(Method::POST, "/game?delete", &[], document(&["a"]), None).await;
    assert_eq!(refusal(&answer), (403, "AccessDenied".into()));
    assert_eq!(get(&server, "/game/a").await.status, 200);
}

fn document(keys: &[&str]) -> String {
    let objects: String = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>")).collect();
    format!("<Delete>{objects}</Delete>")
}
