//! Revoke.

use serde_json::json;
use server::testing::TestServer;

use super::services;

const TARGET: &str = "Daypass.Revoke";
const IDENTITY: &str = "us-east-1:12345678-90ab-4cde-8f01-234567890abc";

#[tokio::test]
async fn an_identity_is_put_on_the_deny_list() {
    let server = TestServer::start(services).await;
    let answer = server.json("daypass", TARGET, json!({ "IdentityId": IDENTITY }), Some(&server.root)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let wanted = json!({ "Revoked": format!("identity:{IDENTITY}"), "IssuedUntil": "2026-01-02T12:00:00Z" });
    assert_eq!(answer.json(), wanted);
}

#[tokio::test]
async fn strangers_are_refused() {
    let server = TestServer::start(services).await;
    let answer = server.json("daypass", TARGET, json!({ "IdentityId": IDENTITY }), None).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "MissingAuthenticationTokenException"));
}

#[tokio::test]
async fn one_target_and_a_right_one() {
    let server = TestServer::start(services).await;
    for body in [
        json!({}),
        json!({ "IdentityId": "x" }),
        json!({ "SessionId": "x" }),
        json!({ "IdentityId": IDENTITY, "UserName": "x" }),
    ] {
        let answer = server.json("daypass", TARGET, body.clone(), Some(&server.root)).await;
        assert_eq!(answer.code(), "ValidationException", "{body}");
    }
    let answer = server.json("daypass", TARGET, json!({ "UserName": "nobody" }), Some(&server.root)).await;
    assert_eq!(answer.code(), "ResourceNotFoundException");
}
