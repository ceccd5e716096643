//! GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy.

use super::super::{all, fails, ok, start, user};
use super::{allow, document};

const CUSTOM: (&str, &str) = ("Action", "GetContextKeysForCustomPolicy");
const PRINCIPAL: (&str, &str) = ("Action", "GetContextKeysForPrincipalPolicy");
const ANN: (&str, &str) = ("PolicySourceArn", "arn:aws:iam::000000000000:user/ann");
const FIRST: &str = "PolicyInputList.member.1";

#[tokio::test]
async fn keys_and_variables_are_told_once() {
    let server = start().await;
    let one = document(
        r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"Null":{"aws:MultiFactorAuthAge":"false"},"StringLike":{"s3:prefix":["${saml:sub}","${*}"]}}}"#,
    );
    let two =
        document(r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"AWS:Username":"true"}}}"#);
    let answer = ok(&server, &[CUSTOM, (FIRST, &one), ("PolicyInputList.member.2", &two)]).await;
    let keys = all(&answer, "member");
    assert_eq!(keys, ["aws:MultiFactorAuthAge", "aws:username", "s3:prefix", "saml:sub"]);
    let old = r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}}"#;
    let answer = ok(&server, &[CUSTOM, (FIRST, old)]).await;
    assert!(answer.text().contains("<ContextKeyNames/>"), "variables of the old version are none");
}

#[tokio::test]
async fn the_policies_of_a_user_are_those_of_its_groups_too() {
    let server = start().await;
    let keyed = |key: &str| {
        document(&format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"Bool":{{"{key}":"true"}}}}}}"#
        ))
    };
    user(&server, "ann", Some(&keyed("own:key"))).await;
    for fields in [
        vec![("Action", "CreateGroup"), ("GroupName", "staff")],
        vec![("Action", "AddUserToGroup"), ("GroupName", "staff"), ("UserName", "ann")],
        vec![
            ("Action", "PutGroupPolicy"),
            ("GroupName", "staff"),
            ("PolicyName", "g"),
            ("PolicyDocument", &keyed("group:key")),
        ],
        vec![("Action", "CreatePolicy"), ("PolicyName", "p"), ("PolicyDocument", &keyed("managed:key"))],
        vec![
            ("Action", "AttachGroupPolicy"),
            ("GroupName", "staff"),
            ("PolicyArn", "arn:aws:iam::000000000000:policy/p"),
        ],
    ] {
        ok(&server, &fields).await;
    }
    let answer = ok(&server, &[PRINCIPAL, ANN, (FIRST, &keyed("given:key"))]).await;
    assert_eq!(all(&answer, "member"), ["given:key", "group:key", "managed:key", "own:key"]);
}

#[tokio::test]
async fn what_is_no_policy_and_who_is_not_there_is_told() {
    let server = start().await;
    fails(&server, &[CUSTOM, (FIRST, "{}")], 400, "InvalidInput", "PolicyInputList.1: Syntax errors in policy.").await;
    let null =
        "1 validation error detected: Value at 'policyInputList' failed to satisfy constraint: Member must not be null";
    fails(&server, &[CUSTOM], 400, "ValidationError", null).await;
    let gone = "The user with name ann cannot be found.";
    fails(&server, &[PRINCIPAL, ANN], 404, "NoSuchEntity", gone).await;
    user(&server, "ann", Some(&document(&allow("s3:*", "*")))).await;
    fails(
        &server,
        &[PRINCIPAL, ANN, (FIRST, "no")],
        400,
        "InvalidInput",
        "PolicyInputList.1: Syntax errors in policy.",
    )
    .await;
    let other = "arn:aws:iam::000000000000:policy/p";
    let text = format!("Invalid Entity Arn: {other} does not clearly define entity type and name.");
    fails(&server, &[PRINCIPAL, ("PolicySourceArn", other)], 400, "InvalidInput", &text).await;
}
