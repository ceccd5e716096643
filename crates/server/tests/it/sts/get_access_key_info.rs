//! GetAccessKeyInfo.

use serde_json::json;
use server::testing::TestServer;
use vocab::{AccessKeyId, AccountId};

use super::user;
use crate::game::services;

#[tokio::test]
async fn an_id_carries_its_account_whether_or_not_there_is_such_a_key() {
    let server = TestServer::start(services).await;
    let rights = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:GetAccessKeyInfo", "Resource": "*",
    }] });
    let (_, ada) = user(&server, "ada", Some(rights)).await;
    let account = AccountId::from_number(123_456_789_013).unwrap();
    let id = AccessKeyId::temporary(account, &*server.host.random).to_string();
    let ask =
        async |id: &str| server.query("sts", &[("Action", "GetAccessKeyInfo"), ("AccessKeyId", id)], Some(&ada)).await;
    assert_eq!(ask(&id).await.element("Account"), "123456789013");
    for bad in ["", "short", "AKIA-not-in-form-xx", "ASIAAAAAAAAAAAAAAAA1", "ABCDABCDABCDABCDABCD"] {
        let answer = ask(bad).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ValidationError"), "{bad}");
    }
}

#[tokio::test]
async fn it_needs_the_right_to_ask() {
    let server = TestServer::start(services).await;
    let (_, ada) = user(&server, "ada", None).await;
    let fields = [("Action", "GetAccessKeyInfo"), ("AccessKeyId", ada.id.as_str())];
    assert_eq!(server.query("sts", &fields, None).await.code(), "MissingAuthenticationToken");
    let denied = server.query("sts", &fields, Some(&ada)).await;
    assert_eq!((denied.status, denied.code().as_str()), (403, "AccessDenied"));
    assert!(denied.message().contains("is not authorized to perform: sts:GetAccessKeyInfo"), "{}", denied.message());
}
