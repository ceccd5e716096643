//! Service and resource control policies: what caps every account, whoever asks.

use std::sync::Arc;

use http::Method;
use operation::Organization;
use policy::{Kind, Named, Policy};
use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};

use crate::game::{Game, IdentityCalls};
use crate::s3::{services, user};

/// One policy of one statement.
fn control(kind: Kind, statement: Value) -> Named {
    let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    Named { name: "control".into(), policy: Arc::new(Policy::parse(&text, kind).unwrap()) }
}

fn service_control(levels: &[&[Value]]) -> Organization {
    let level = |level: &&[Value]| level.iter().map(|statement| control(Kind::Identity, statement.clone())).collect();
    Organization { service_control: levels.iter().map(level).collect(), ..Organization::default() }
}

/// One level: everything is allowed but this.
fn resource_control(statement: Value) -> Organization {
    let all = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let level = vec![control(Kind::ResourceControl, all), control(Kind::ResourceControl, statement)];
    Organization { resource_control: vec![level], ..Organization::default() }
}

fn all() -> Value {
    json!({ "Effect": "Allow", "Action": "*", "Resource": "*" })
}

async fn s3(server: &TestServer, method: Method, target: &str, keys: Option<&Keys>) -> Answer {
    server.s3(method, target, &[], "", keys).await
}

fn refused(answer: &Answer, why: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (403, "AccessDenied"));
    assert!(answer.message().ends_with(why), "{}", answer.message());
}

#[tokio::test]
async fn a_service_control_policy_holds_root_and_users_and_grants_nothing() {
    let deny = json!({ "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*" });
    let server = TestServer::start_governed(services, service_control(&[&[all(), deny]])).await;
    assert_eq!(s3(&server, Method::PUT, "/game", Some(&server.root)).await.status, 200);
    refused(
        &s3(&server, Method::DELETE, "/game", Some(&server.root)).await,
        "with an explicit deny in a service control policy",
    );
    let everything = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let ann = user(&server, "ann", everything).await;
    assert_eq!(s3(&server, Method::GET, "/game", Some(&ann)).await.status, 200);
    refused(
        &s3(&server, Method::DELETE, "/game", Some(&ann)).await,
        "with an explicit deny in a service control policy",
    );
    let bob = user(&server, "bob", r#"{"Effect":"Allow","Action":"iam:*","Resource":"*"}"#).await;
    refused(
        &s3(&server, Method::GET, "/game", Some(&bob)).await,
        "because no identity-based policy allows the s3:ListBucket action",
    );
}

#[tokio::test]
async fn every_level_must_allow() {
    let only_s3 = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
    let server = TestServer::start_governed(services, service_control(&[&[all()], &[only_s3]])).await;
    assert_eq!(s3(&server, Method::PUT, "/game", Some(&server.root)).await.status, 200);
    let users = server.query("iam", &[("Action", "ListUsers")], Some(&server.root)).await;
    refused(&users, "because no service control policy allows the iam:ListUsers action");
}

#[tokio::test]
async fn a_service_control_policy_reads_the_keys_of_the_request() {
    let deny = json!({ "Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": { "StringNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:user/ann" } } });
    let server = TestServer::start_governed(services, service_control(&[&[all(), deny]])).await;
    let everything = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let (ann, bob) = (user(&server, "ann", everything).await, user(&server, "bob", everything).await);
    assert_eq!(s3(&server, Method::PUT, "/game", Some(&ann)).await.status, 200);
    refused(&s3(&server, Method::GET, "/game", Some(&bob)).await, "in a service control policy");
    // Nobody's account is not one of the organisation; the bucket's own policy speaks.
    refused(&s3(&server, Method::GET, "/game", None).await, "Access Denied");
}

#[tokio::test]
async fn a_resource_control_policy_holds_strangers_and_root_and_only_some_services() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject", "iam:*"], "Resource": "*" });
    let server = TestServer::start_governed(services, resource_control(deny)).await;
    for target in ["/game", "/game/news"] {
        assert_eq!(s3(&server, Method::PUT, target, Some(&server.root)).await.status, 200);
    }
    let public = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::game","arn:aws:s3:::game/*"]}]}"#;
    let put = server.s3(Method::PUT, "/game?policy", &[], public, Some(&server.root)).await;
    assert_eq!(put.status, 204, "{}", put.text());
    assert_eq!(s3(&server, Method::GET, "/game", None).await.status, 200);
    assert_eq!(s3(&server, Method::GET, "/game/news", None).await.status, 403);
    let other = server.other_root().await;
    for keys in [&server.root, &other] {
        assert_eq!(s3(&server, Method::GET, "/game/news", Some(keys)).await.status, 403);
    }
    let users = server.query("iam", &[("Action", "ListUsers")], Some(&server.root)).await;
    assert_eq!(users.status, 200, "resource control policies do not know IAM: {}", users.text());
}

#[tokio::test]
async fn a_resource_control_policy_keeps_roles_from_federated_principals() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity", "Resource": "*",
        "Condition": { "ForAnyValue:StringEquals": { "cognito-identity.amazonaws.com:amr": "unauthenticated" } } });
    let game = Game::start_governed(resource_control(deny)).await;
    game.player("ada").await;
    let guest = game.guest().await;
    let body = json!({ "IdentityId": guest });
    let refused = game.server.identity("GetCredentialsForIdentity", body, None).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidIdentityPoolConfigurationException"));
}
