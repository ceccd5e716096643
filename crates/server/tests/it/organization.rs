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
    assert_eq!(s3(&server, Method::DELETE, "/game?publicAccessBlock", Some(&server.root)).await.status, 204);
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

/// The answer to an unsigned operation that a resource control policy denies.
fn forbidden(answer: &Answer, operation: &str) {
    let text = format!(
        "User: anonymous is not authorized to perform: cognito-identity:{operation} on resource: * with an explicit deny \
         in a resource control policy"
    );
    let denied = (400, "AccessDeniedException".to_owned(), text);
    assert_eq!((answer.status, answer.code(), answer.message()), denied, "{operation}");
    assert!(answer.json()["Message"].is_string(), "{}", answer.text());
}

#[tokio::test]
async fn a_resource_control_policy_holds_operations_that_nobody_signs() {
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "cognito-identity:*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:UserAgent": "barred" } } });
    let game = Game::start_governed(resource_control(deny)).await;
    let (ada, logins) = (game.identity_of("ada").await, game.logins("ada"));
    let unlink = json!({ "IdentityId": ada, "Logins": logins, "LoginsToRemove": [game.provider.name] });
    for (operation, body) in [
        ("GetId", json!({ "IdentityPoolId": game.pool })),
        ("GetOpenIdToken", json!({ "IdentityId": ada, "Logins": logins })),
        ("GetCredentialsForIdentity", json!({ "IdentityId": ada, "Logins": logins })),
        ("UnlinkIdentity", unlink),
        // Neither constraints nor rules are told before the decision.
        ("GetId", json!({ "IdentityPoolId": "no such pool" })),
        ("GetOpenIdToken", json!({})),
    ] {
        let send = async |agent: &str| {
            let headers = [
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", format!("AWSCognitoIdentityService.{operation}")),
                ("user-agent", agent.to_owned()),
            ];
            let body = bytes::Bytes::from(body.to_string());
            game.server.send("cognito-identity", Method::POST, "/", &headers, body, None).await
        };
        forbidden(&send("barred").await, operation);
        assert_ne!(send("other").await.code(), "AccessDeniedException", "{operation}");
    }
}

#[tokio::test]
async fn a_resource_control_policy_knows_pool_and_account_of_guests_and_others() {
    let calls = async |condition: Value| {
        let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "cognito-identity:*", "Resource": "*",
            "Condition": condition });
        let game = Game::start_governed(resource_control(deny)).await;
        let guest = game.get_id(json!({})).await;
        (guest, game.get_id(game.logins("ada")).await)
    };
    let arns = |kind: &str| format!("cognito-identity-{kind}:IdentityPoolArn");
    let ours = "arn:aws:cognito-identity:us-east-1:000000000000:identitypool/us-east-1:*";
    let (guest, ada) = calls(json!({ "ArnLike": { arns("unauth"): ours } })).await;
    forbidden(&guest, "GetId");
    assert_eq!(ada.status, 200);
    let (guest, ada) = calls(json!({ "ArnLike": { arns("auth"): ours } })).await;
    assert_eq!(guest.status, 200);
    forbidden(&ada, "GetId");
    let other = json!({ "cognito-identity-unauth:AccountId": "111111111111" });
    let (guest, ada) = calls(json!({ "StringEquals": other })).await;
    assert_eq!((guest.status, ada.status), (200, 200));
    let (guest, ada) = calls(json!({ "StringEquals": { "cognito-identity-unauth:AccountId": "000000000000",
        "aws:ResourceAccount": "000000000000", "aws:PrincipalType": "Anonymous" } }))
    .await;
    forbidden(&guest, "GetId");
    assert_eq!(ada.status, 200);
}
