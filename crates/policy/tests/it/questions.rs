//! What a policy answers about itself, and the bounds of what is read.

use policy::{Context, Kind, Malformed, Policies, Policy, Request, decide};
use serde_json::{Value, json};

use crate::cases::parsed;
use crate::world::caller;

fn trust(statements: Value) -> Policy {
    Policy::clone(&parsed(&statements, Kind::Trust, false).policy)
}

fn cognito(condition: Value) -> Policy {
    trust(json!([{
        "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }]))
}

#[test]
fn trust_in_cognito_must_ask_for_pool_identity_or_login() {
    assert!(cognito(json!({})).trusts_cognito_unconditionally());
    assert!(cognito(json!({ "StringEquals": { "aws:SourceIp": "x" } })).trusts_cognito_unconditionally());
    for asked in ["aud", "sub", "AMR"] {
        let key = format!("cognito-identity.amazonaws.com:{asked}");
        assert!(!cognito(json!({ "StringEquals": { &key: "x" } })).trusts_cognito_unconditionally());
        assert!(!cognito(json!({ "ForAnyValue:StringLike": { &key: "x" } })).trusts_cognito_unconditionally());
        for operator in ["StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals", "Null"] {
            assert!(cognito(json!({ operator: { &key: "true" } })).trusts_cognito_unconditionally(), "{operator}");
        }
    }
}

#[test]
fn one_open_statement_is_enough_and_other_providers_do_not_count() {
    let closed = json!({ "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Condition": { "StringEquals": { "cognito-identity.amazonaws.com:aud": "p" } } });
    let open = json!({ "Principal": { "Federated": ["accounts.google.com", "cognito-identity.amazonaws.com"] } });
    assert!(trust(json!([closed, open])).trusts_cognito_unconditionally());
    let denied = json!({ "Effect": "Deny", "Principal": { "Federated": "cognito-identity.amazonaws.com" } });
    let google = json!({ "Principal": { "Federated": "accounts.google.com" } });
    assert!(!trust(json!([closed, denied, google])).trusts_cognito_unconditionally());
}

#[test]
fn the_users_and_roles_of_a_trust_policy_are_listed_once() {
    let policy = trust(json!([
        { "Principal": { "AWS": ["arn:aws:iam::111111111111:user/a", "arn:aws:iam::111111111111:role/r", "222222222222"] } },
        { "Principal": { "AWS": ["arn:aws:iam::111111111111:user/a", "arn:aws:sts::111111111111:assumed-role/r/s", "AROAEXAMPLEEXAMPLEEX"] } },
    ]));
    let arns: Vec<&str> = policy.principal_arns().into_iter().map(|arn| arn.as_str()).collect();
    assert_eq!(arns, ["arn:aws:iam::111111111111:user/a", "arn:aws:iam::111111111111:role/r"]);
    assert_eq!(policy.principal_ids(), ["AROAEXAMPLEEXAMPLEEX"]);
}

#[test]
fn every_key_that_a_document_reads_is_listed_once() {
    let policy = parsed(
        &json!([{ "Resource": "arn:aws:s3:::b/${aws:username}/${*}/${k, 'd'}",
            "Condition": { "StringLike": { "s3:prefix": "${AWS:USERNAME}/*" }, "Bool": { "aws:SecureTransport": "${no}" } } }]),
        Kind::Identity,
        false,
    );
    assert_eq!(policy.policy.condition_keys(), ["aws:SecureTransport", "AWS:USERNAME", "k", "s3:prefix"]);
}

#[test]
fn documents_are_bounded() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let of = |count: usize| format!(r#"{{"Statement":[{}]}}"#, vec![statement; count].join(","));
    assert!(Policy::parse(&of(2048), Kind::Identity).is_ok());
    assert_eq!(Policy::parse(&of(2049), Kind::Identity), Err(Malformed::TooLarge));
    let long = format!(r#"{{"Id":"{}","Statement":{statement}}}"#, "x".repeat(131_072));
    assert_eq!(Policy::parse(&long, Kind::Identity), Err(Malformed::TooLarge));
    let deep = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(5000), "]".repeat(5000));
    assert_eq!(Policy::parse(&deep, Kind::Identity), Err(Malformed::Syntax));
}

#[test]
fn an_identity_policy_in_the_place_of_a_resource_policy_allows_nobody() {
    let (stranger, context) = (caller("anonymous"), Context::new());
    let misplaced = parsed(&json!([{}]), Kind::Identity, false);
    let request = Request {
        principal: &stranger,
        action: "s3:GetObject",
        resource: "arn:aws:s3:::game/x",
        resource_account: None,
        context: &context,
    };
    let policies = Policies { resource: Some(&misplaced), ..Policies::default() };
    assert!(!decide(&request, &policies).is_allowed());
}
