//! STS.

mod assume_role;
mod assume_role_with_saml;
mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;

use serde_json::{Value, json};
use server::testing::{Keys, TestServer};
use store::records::principals::{AccessKey, Permissions, User};
use vocab::{AccessKeyId, AccountId, Secret};

/// A user with one key and these inline rights.
pub async fn user(server: &TestServer, name: &str, rights: Option<Value>) -> (String, Keys) {
    let host = &server.host;
    let id = AccessKeyId::long_term(AccountId::ZERO, &*host.random);
    let secret = Secret::new(format!("secret-of-{name}"));
    let sealed = host.master.seal(&format!("access-key/{id}"), &secret).unwrap();
    let inline = rights.map(|rights| ("rights".to_owned(), rights.to_string())).into_iter().collect();
    let user = User {
        account: AccountId::ZERO,
        name: name.to_owned(),
        path: "/".to_owned(),
        unique_id: vocab::key_id::unique_id("AIDA", AccountId::ZERO, &*host.random),
        permissions: Permissions { inline, ..Permissions::default() },
        groups: Vec::new(),
        access_keys: vec![id.clone()],
        tags: Default::default(),
        created: host.now(),
    };
    let key = AccessKey {
        id: id.clone(),
        account: AccountId::ZERO,
        user: Some(name.to_owned()),
        active: true,
        secret: sealed,
        created: host.now(),
    };
    let mut batch = host.configuration.batch();
    batch.insert(&user).unwrap();
    batch.insert(&key).unwrap();
    host.configuration.commit(batch).await.unwrap();
    (user.unique_id, Keys { id: id.to_string(), secret, token: None })
}

/// A trust policy with one principal and further actions.
fn trusting(principal: Value, condition: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": principal,
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": condition,
    }] })
}

/// The right to assume any role.
fn may_assume() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "sts:*", "Resource": "*" }] })
}
