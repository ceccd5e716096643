//! GetCallerIdentity.

use serde_json::json;
use server::testing::TestServer;

use super::user;
use crate::game::services;

#[tokio::test]
async fn root_and_users_are_told_who_they_are() {
    let server = TestServer::start(services).await;
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&server.root)).await;
    assert_eq!(
        (who.element("Arn"), who.element("UserId")),
        ("arn:aws:iam::000000000000:root".into(), "000000000000".into())
    );
    // Not even an explicit deny has an effect.
    let deny = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] });
    let (id, keys) = user(&server, "ada", Some(deny)).await;
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!((who.element("Arn"), who.element("UserId")), ("arn:aws:iam::000000000000:user/ada".into(), id));
    assert!(
        who.text().starts_with("<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"),
        "{}",
        who.text()
    );
}

#[tokio::test]
async fn strangers_are_refused() {
    let server = TestServer::start(services).await;
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], None).await;
    assert_eq!((who.status, who.code().as_str()), (403, "MissingAuthenticationToken"));
    assert_eq!(who.message(), "Request is missing Authentication Token");
}

#[tokio::test]
async fn actions_that_are_none() {
    let server = TestServer::start(services).await;
    let answer = server.query("sts", &[("Action", "Nonsense")], Some(&server.root)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidAction"));
    assert_eq!(answer.message(), "Could not find operation Nonsense for version 2011-06-15");
    let answer = server.query("sts", &[("X", "y")], Some(&server.root)).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "MissingAction"));
}
