//! DecodeAuthorizationMessage, and the messages that denials carry.

use std::time::Duration;

use http::Method;
use operation::keyring::Purpose;
use serde_json::{Value, json};
use server::testing::{Answer, Keys, TestServer};

use super::user;
use crate::game::services;

const HEADER: &str = "x-daypass-authorization-message";

fn rights(effect: &str, action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "One", "Effect": effect, "Action": action, "Resource": "*" }] })
}

/// A denial of `ada`, and the keys of somebody who may decode its message.
async fn denied(own: Option<Value>) -> (TestServer, Answer, Keys) {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", own).await;
    let (_, decoder) = user(&server, "decoder", Some(rights("Allow", "sts:DecodeAuthorizationMessage"))).await;
    let denial = server.query("sts", &[("Action", "GetAccessKeyInfo"), ("AccessKeyId", &ada.id)], Some(&ada)).await;
    assert_eq!((denial.status, denial.code()), (403, "AccessDenied".into()));
    (server, denial, decoder)
}

fn message(denial: &Answer) -> String {
    denial.headers[HEADER].to_str().unwrap().to_owned()
}

async fn decode(server: &TestServer, message: &str, keys: Option<&Keys>) -> Answer {
    server.query("sts", &[("Action", "DecodeAuthorizationMessage"), ("EncodedMessage", message)], keys).await
}

async fn decoded(server: &TestServer, message: &str, keys: &Keys) -> Value {
    let answer = decode(server, message, Some(keys)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_str(&answer.element("DecodedMessage")).unwrap()
}

#[tokio::test]
async fn an_implicit_denial_tells_what_came_nearest() {
    let (server, denial, decoder) = denied(Some(rights("Allow", "sts:GetFederationToken"))).await;
    let mut told = decoded(&server, &message(&denial), &decoder).await;
    let conditions = told["context"]["conditions"]["items"].take();
    let id = told["context"]["principal"]["id"].take();
    assert!(id.as_str().unwrap().starts_with("AIDA"));
    let wanted = json!({
        "allowed": false,
        "explicitDeny": false,
        "matchedStatements": { "items": [] },
        "failures": { "items": [{ "value": "no identity-based policy allows `sts:GetAccessKeyInfo` on `*`; nearest is \
            statement `One` of inline policy `rights` of user `ada`: Action wants `sts:GetFederationToken`, the request \
            has `sts:GetAccessKeyInfo`" }] },
        "context": {
            "principal": { "id": null, "name": "ada", "arn": "arn:aws:iam::000000000000:user/ada" },
            "action": "sts:GetAccessKeyInfo",
            "resource": "*",
            "conditions": { "items": null },
        },
    });
    assert_eq!(told, wanted);
    let has = |key: &str, value: &str| {
        conditions.as_array().unwrap().contains(&json!({ "key": key, "values": { "items": [{ "value": value }] } }))
    };
    assert!(has("aws:username", "ada") && has("aws:RequestedRegion", "us-east-1"), "{conditions}");
}

#[tokio::test]
async fn an_explicit_denial_tells_the_statement() {
    let (server, denial, decoder) = denied(Some(rights("Deny", "sts:*"))).await;
    let told = decoded(&server, &message(&denial), &decoder).await;
    assert_eq!(told["explicitDeny"], json!(true));
    let statement = json!({ "statementId": "One", "effect": "DENY", "policy": "inline policy `rights` of user `ada`" });
    assert_eq!(told["matchedStatements"]["items"], json!([statement]));
    assert_eq!(told["failures"]["items"], json!([]));
}

#[tokio::test]
async fn a_message_opens_as_it_was_made_and_for_a_day() {
    let (server, denial, decoder) = denied(None).await;
    let message = message(&denial);
    let invalid = (400, "InvalidAuthorizationMessageException".to_owned());
    let mut forged =
        vec!["A".to_owned(), "not base64!".to_owned(), "A".repeat(10_240), message[..message.len() - 4].to_owned()];
    for place in [0, 3, 20, message.len() / 2, message.len() - 2] {
        let mut other = message.clone().into_bytes();
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        forged.push(String::from_utf8(other).unwrap());
    }
    let keyring = &server.host.keyring;
    let document = [&i64::MAX.to_be_bytes()[..], b"{}"].concat();
    forged.push(keyring.seal(Purpose::AuthorizationMessage, "account:111111111111", &document).unwrap());
    forged.push(keyring.seal(Purpose::Page, "account:000000000000", &document).unwrap());
    forged.push(keyring.seal(Purpose::AuthorizationMessage, "account:000000000000", b"short").unwrap());
    for text in &forged {
        let answer = decode(&server, text, Some(&decoder)).await;
        assert_eq!((answer.status, answer.code()), invalid, "{text}");
    }
    let own = keyring.seal(Purpose::AuthorizationMessage, "account:000000000000", &document).unwrap();
    assert_eq!(decoded(&server, &own, &decoder).await, json!({}));
    server.clock.advance(Duration::from_secs(24 * 3600 - 1));
    assert_eq!(decode(&server, &message, Some(&decoder)).await.status, 200);
    server.clock.advance(Duration::from_secs(1));
    let answer = decode(&server, &message, Some(&decoder)).await;
    assert_eq!((answer.status, answer.code()), invalid);
}

#[tokio::test]
async fn lengths_are_bounded() {
    let (server, _, decoder) = denied(None).await;
    for (text, tail) in [("", "greater than or equal to 1"), (&*"A".repeat(10_241), "less than or equal to 10240")] {
        let answer = decode(&server, text, Some(&decoder)).await;
        assert_eq!((answer.status, answer.code()), (400, "ValidationError".into()));
        assert!(answer.message().ends_with(&format!("Member must have length {tail}")), "{}", answer.message());
    }
    let missing = server.query("sts", &[("Action", "DecodeAuthorizationMessage")], Some(&decoder)).await;
    assert!(missing.message().ends_with("Member must not be null"), "{}", missing.message());
}

#[tokio::test]
async fn it_needs_the_right_to_decode() {
    let (server, denial, _) = denied(None).await;
    let (_, eve) = user(&server, "eve", None).await;
    let message = message(&denial);
    assert_eq!(decode(&server, &message, None).await.code(), "MissingAuthenticationToken");
    let refused = decode(&server, &message, Some(&eve)).await;
    let text = "User: arn:aws:iam::000000000000:user/eve is not authorized to perform: sts:DecodeAuthorizationMessage \
                because no identity-based policy allows the sts:DecodeAuthorizationMessage action";
    assert_eq!((refused.status, refused.code(), refused.message()), (403, "AccessDenied".into(), text.into()));
}

#[tokio::test]
async fn a_message_says_nothing_by_its_length_and_fits_into_a_header() {
    let (server, denial, _) = denied(None).await;
    let (_, one) = user(&server, "one", None).await;
    let (_, two) = user(&server, "two", Some(rights("Allow", "sts:GetFederationToken"))).await;
    let lengths = async |keys: &Keys| {
        let answer = server.query("sts", &[("Action", "GetAccessKeyInfo")], Some(keys)).await;
        message(&answer).len()
    };
    let (one, two) = (lengths(&one).await, lengths(&two).await);
    assert!(one < 3200 && two < 3200 && message(&denial).len() < 3200);
    let block = |length: usize| (length * 3 / 4 - 33) % 768;
    assert_eq!((block(one), block(two)), (0, 0), "{one} {two}");
    let long = [("user-agent", "x".repeat(3000))];
    let answer =
        server.send("sts", Method::POST, "/", &long, "Action=GetAccessKeyInfo&Version=2011-06-15".into(), None).await;
    assert!(!answer.headers.contains_key(HEADER), "a stranger has no account that could open it");
}
