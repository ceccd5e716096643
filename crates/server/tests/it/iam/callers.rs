//! Whose credentials reach IAM.

use std::collections::BTreeMap;
use std::time::Duration;

use operation::Session;
use operation::session::{Bearer, Origin};
use server::testing::{Keys, TestServer};
use store::records::principals::{Role, User};
use vocab::{AccessKeyId, AccountId, Secret};

use super::{allowing, asked, ok, role, start, user};

/// Temporary credentials of `ann` or of a role, as STS makes them.
async fn temporary(server: &TestServer, bearer: Bearer) -> Keys {
    let ann = server.host.configuration.get::<User>("000000000000/ann").await.unwrap().unwrap();
    let (secret, now) = (Secret::new("secret"), server.host.now());
    let who = format!("user:{}", ann.unique_id);
    let session = Session {
        secret: secret.clone(),
        id: 1,
        origin: Origin { session: 1, who, account: AccountId::ZERO, user: Some("ann".into()), issued: now },
        account: AccountId::ZERO,
        bearer,
        provider: None,
        federation: Vec::new(),
        tags: BTreeMap::new(),
        transitive: Vec::new(),
        source_identity: None,
        policy: Some(allowing("iam:*", "*")),
        managed_policies: Vec::new(),
        guest: false,
        issued: now,
        expires: now + Duration::from_secs(3600),
    };
    let key = AccessKeyId::temporary(AccountId::ZERO, &*server.host.random);
    let token = session.seal(&server.host.keyring, &key).unwrap();
    Keys { id: key.to_string(), secret, token: Some(Secret::new(token)) }
}

#[tokio::test]
async fn sessions_of_users_and_federated_users_do_not() {
    let server = start().await;
    user(&server, "ann", Some(&allowing("iam:*", "*"))).await;
    for bearer in [Bearer::User, Bearer::FederatedUser { name: "guest".into() }] {
        let keys = temporary(&server, bearer).await;
        let members = [("UserName", "ann"), ("RoleName", "x"), ("PolicyArn", "arn:aws:iam::aws:policy/ReadOnlyAccess")];
        for operation in iam::service(std::sync::Arc::default()).operations() {
            let fields: Vec<_> = [("Action", operation)].into_iter().chain(members).collect();
            let wanted = (403, "InvalidClientTokenId".to_owned());
            assert_eq!(asked(&server, &keys, &fields).await, wanted, "{operation}");
        }
    }
}

#[tokio::test]
async fn sessions_of_roles_do_and_have_no_user_of_their_own() {
    let server = start().await;
    user(&server, "ann", None).await;
    role(&server, "Admin").await;
    let document = allowing("iam:*", "*");
    let put = ("Action", "PutRolePolicy");
    ok(&server, &[put, ("RoleName", "Admin"), ("PolicyName", "p"), ("PolicyDocument", &document)]).await;
    let admin = server.host.configuration.get::<Role>("000000000000/admin").await.unwrap().unwrap();
    let bearer =
        Bearer::Role { arn: admin.arn().to_string(), unique_id: admin.unique_id.clone(), name: "session".into() };
    let keys = temporary(&server, bearer).await;
    assert_eq!(asked(&server, &keys, &[("Action", "GetUser"), ("UserName", "ann")]).await.0, 200);
    for operation in ["GetUser", "CreateAccessKey", "ListAccessKeys", "DeleteAccessKey"] {
        let answer = server.query("iam", &[("Action", operation)], Some(&keys)).await;
        let message = "Must specify userName when calling with non-User credentials";
        assert_eq!((answer.status, answer.code(), answer.message()), (400, "ValidationError".into(), message.into()));
    }
}
