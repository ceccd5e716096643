//! IAM.

mod access;
mod access_keys;
mod accounts;
mod boundaries;
mod callers;
mod contention;
mod groups;
mod inline_policies;
mod last_used;
mod managed_policies;
mod providers;
mod roles;
mod saml_providers;
mod simulation;
mod tags;
mod trust_policies;
mod users;

use std::sync::Arc;

use operation::{Host, Service};
use server::testing::{Answer, Keys, TestServer};
use vocab::Secret;

/// A server whose providers may be at `http://localhost:9000`.
async fn start() -> TestServer {
    TestServer::start(services).await
}

fn services(_: &Arc<Host>) -> Vec<Service> {
    vec![iam::service(Arc::new(iam::Iam { plain_http_hosts: vec!["localhost:9000".into()], ..iam::Iam::default() }))]
}

/// What the root asks, which must succeed.
async fn ok(server: &TestServer, fields: &[(&str, &str)]) -> Answer {
    let answer = server.query("iam", fields, Some(&server.root)).await;
    assert_eq!(answer.status, 200, "{fields:?}: {}", answer.text());
    answer
}

/// What the root asks, which must fail so.
async fn fails(server: &TestServer, fields: &[(&str, &str)], status: u16, code: &str, message: &str) {
    let answer = server.query("iam", fields, Some(&server.root)).await;
    assert_eq!(
        (answer.status, answer.code().as_str(), answer.message().as_str()),
        (status, code, message),
        "{fields:?}"
    );
}

/// What somebody asks: status and code.
async fn asked(server: &TestServer, keys: &Keys, fields: &[(&str, &str)]) -> (u16, String) {
    let answer = server.query("iam", fields, Some(keys)).await;
    (answer.status, answer.code())
}

/// A user with a key, and an inline policy where one is given.
async fn user(server: &TestServer, name: &str, policy: Option<&str>) -> Keys {
    ok(server, &[("Action", "CreateUser"), ("UserName", name)]).await;
    if let Some(policy) = policy {
        let put = ("Action", "PutUserPolicy");
        ok(server, &[put, ("UserName", name), ("PolicyName", "own"), ("PolicyDocument", policy)]).await;
    }
    key(server, name).await
}

/// A key of a user.
async fn key(server: &TestServer, user: &str) -> Keys {
    let made = ok(server, &[("Action", "CreateAccessKey"), ("UserName", user)]).await;
    Keys { id: made.element("AccessKeyId"), secret: Secret::new(made.element("SecretAccessKey")), token: None }
}

/// A role that a pool's identities may assume.
async fn role(server: &TestServer, name: &str) -> Answer {
    ok(server, &[("Action", "CreateRole"), ("RoleName", name), ("AssumeRolePolicyDocument", TRUST)]).await
}

/// A policy that allows `action` on `resource`.
fn allowing(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

/// The text of every element with this name.
fn all(answer: &Answer, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    answer
        .text()
        .split(&open)
        .skip(1)
        .filter_map(|rest| rest.split_once(&close))
        .map(|(text, _)| text.to_owned())
        .collect()
}

/// What stands between the tags of the operation's result.
fn result(answer: &Answer) -> &str {
    let text = answer.text();
    let (_, inside) = text.split_once("Result>").unwrap();
    let (inside, _) = inside.split_once("<ResponseMetadata>").unwrap();
    inside.rsplit_once("</").unwrap().0
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}]}"#;
const PLAYERS: &str = r#"{ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" }, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { "StringEquals": { "cognito-identity.amazonaws.com:aud": "us-east-1:12345678-90ab-4cde-8f01-234567890abc" } } }] }"#;
