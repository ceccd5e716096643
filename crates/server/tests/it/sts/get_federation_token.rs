//! GetFederationToken.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};
use store::records::principals::{ManagedPolicy, PolicyVersion};

use super::{trusting, user};
use crate::game::{IdentityCalls, keys_in_xml, role, services};

fn allowing(actions: &[&str]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] })
}

async fn federate(server: &TestServer, more: &[(&str, &str)], keys: Option<&Keys>) -> Answer {
    server.query("sts", &[&[("Action", "GetFederationToken"), ("Name", "bob")], more].concat(), keys).await
}

async fn pools(server: &TestServer, keys: &Keys) -> Answer {
    server.identity("ListIdentityPools", json!({ "MaxResults": 1 }), Some(keys)).await
}

#[tokio::test]
async fn rights_are_those_that_user_and_session_policy_share() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(allowing(&["sts:GetFederationToken", "cognito-identity:List*"]))).await;
    let made = federate(&server, &[("Policy", &allowing(&["cognito-identity:*"]).to_string())], Some(&ada)).await;
    assert_eq!(made.element("FederatedUserId"), "000000000000:bob");
    assert_eq!(made.element("Arn"), "arn:aws:sts::000000000000:federated-user/bob");
    assert!(!made.element("PackedPolicySize").is_empty());
    let keys = keys_in_xml(&made);
    assert_eq!(pools(&server, &keys).await.status, 200);
    let body = json!({ "IdentityPoolName": "x", "AllowUnauthenticatedIdentities": true });
    assert_eq!(server.identity("CreateIdentityPool", body, Some(&keys)).await.code(), "AccessDeniedException");
    let who = server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!((who.element("Arn"), who.element("UserId")), (made.element("Arn"), "000000000000:bob".into()));
}

#[tokio::test]
async fn without_a_session_policy_there_are_no_rights() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(allowing(&["*"]))).await;
    let keys = keys_in_xml(&federate(&server, &[], Some(&ada)).await);
    assert_eq!(pools(&server, &ada).await.status, 200);
    assert_eq!(pools(&server, &keys).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn a_federated_user_assumes_no_role_and_makes_no_session() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(allowing(&["*"]))).await;
    let keys = keys_in_xml(&federate(&server, &[("Policy", &allowing(&["*"]).to_string())], Some(&ada)).await);
    let arn = role(&server, "Open", trusting(json!({ "AWS": "*" }), json!({}))).await;
    let fields = [("Action", "AssumeRole"), ("RoleArn", arn.as_str()), ("RoleSessionName", "session")];
    assert_eq!(server.query("sts", &fields, Some(&ada)).await.status, 200);
    let refused = server.query("sts", &fields, Some(&keys)).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "AccessDenied"));
    assert_eq!(
        refused.message(),
        format!(
            "User: arn:aws:sts::000000000000:federated-user/bob is not authorized to perform: sts:AssumeRole on resource: {arn}"
        )
    );
    assert_eq!(federate(&server, &[], Some(&keys)).await.code(), "AccessDenied");
    let again = server.query("sts", &[("Action", "GetSessionToken")], Some(&keys)).await;
    assert_eq!((again.status, again.code().as_str()), (403, "AccessDenied"));
}

#[tokio::test]
async fn tags_need_the_right_to_tag() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(allowing(&["sts:GetFederationToken"]))).await;
    let (_, grace) = user(&server, "grace", Some(allowing(&["sts:GetFederationToken", "sts:TagSession"]))).await;
    let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "red")];
    let refused = federate(&server, &tags, Some(&ada)).await;
    assert!(
        refused.message().contains(
            "is not authorized to perform: sts:TagSession on resource: arn:aws:sts::000000000000:federated-user/bob"
        ),
        "{}",
        refused.message()
    );
    assert_eq!(federate(&server, &tags, Some(&grace)).await.status, 200);
}

#[tokio::test]
async fn refused() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", Some(allowing(&["sts:GetFederationToken"]))).await;
    let (_, grace) = user(&server, "grace", None).await;
    assert_eq!(federate(&server, &[], None).await.code(), "MissingAuthenticationToken");
    let denied = federate(&server, &[], Some(&grace)).await;
    assert!(denied.message().starts_with("User: arn:aws:iam::000000000000:user/grace is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::000000000000:federated-user/bob"));
    // A federated user of a root would have nobody's policies.
    assert_eq!(federate(&server, &[], Some(&server.root)).await.code(), "AccessDenied");
    for (member, value, code) in [
        ("DurationSeconds", "899", "ValidationError"),
        ("Policy", "{}", "MalformedPolicyDocument"),
        ("PolicyArns.member.1.arn", "arn:aws:iam::000000000000:policy/Nothing", "InvalidParameterValue"),
    ] {
        assert_eq!(federate(&server, &[(member, value)], Some(&ada)).await.code(), code, "{member}");
    }
    // A policy of another account is none of this session's.
    let other = policy_of(&server, "777777777777").await;
    let foreign = federate(&server, &[("PolicyArns.member.1.arn", &other)], Some(&ada)).await;
    assert_eq!(foreign.code(), "InvalidParameterValue");
    let own = policy_of(&server, "000000000000").await;
    assert_eq!(federate(&server, &[("PolicyArns.member.1.arn", &own)], Some(&ada)).await.status, 200);
    let nameless = server.query("sts", &[("Action", "GetFederationToken"), ("Name", "b:ob")], Some(&ada)).await;
    assert_eq!(nameless.code(), "ValidationError");
}

/// The ARN of a new managed policy of this account.
async fn policy_of(server: &TestServer, account: &str) -> String {
    let created = server.host.now();
    let document =
        json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } });
    let policy = ManagedPolicy {
        account: account.parse().unwrap(),
        name: "Any".into(),
        path: "/".into(),
        unique_id: "ANPAANYANYANYANYANYAN".into(),
        description: None,
        versions: BTreeMap::from([(1, PolicyVersion { document: document.to_string(), created })]),
        default_version: 1,
        newest_version: 1,
        tags: BTreeMap::new(),
        created,
        updated: created,
    };
    let mut batch = server.host.configuration.batch();
    batch.insert(&policy).unwrap();
    server.host.configuration.commit(batch).await.unwrap();
    policy.arn().to_string()
}
