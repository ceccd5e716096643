//! CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed.

use server::testing::Keys;
use store::records::principals::AccessKey;
use vocab::Secret;

use super::{all, allowing, asked, fails, key, ok, start, user};

#[tokio::test]
async fn a_new_key_signs_until_it_is_inactive() {
    let server = start().await;
    let ann = user(&server, "ann", Some(&allowing("iam:GetUser", "*"))).await;
    let ask = [("Action", "GetUser")];
    assert_eq!(asked(&server, &ann, &ask).await.0, 200);
    let update = |status| {
        [("Action", "UpdateAccessKey"), ("UserName", "ann"), ("AccessKeyId", ann.id.as_str()), ("Status", status)]
    };
    ok(&server, &update("Inactive")).await;
    assert_eq!(asked(&server, &ann, &ask).await, (403, "InvalidClientTokenId".into()));
    let listed = ok(&server, &[("Action", "ListAccessKeys"), ("UserName", "ann")]).await;
    assert_eq!((listed.element("Status"), listed.element("AccessKeyId")), ("Inactive".into(), ann.id.clone()));
    assert!(!listed.text().contains("Secret"));
    ok(&server, &update("Active")).await;
    assert_eq!(asked(&server, &ann, &ask).await.0, 200);
    ok(&server, &[("Action", "DeleteAccessKey"), ("UserName", "ann"), ("AccessKeyId", &ann.id)]).await;
    assert_eq!(asked(&server, &ann, &ask).await, (403, "InvalidClientTokenId".into()));
}

#[tokio::test]
async fn the_secret_is_shown_once_and_kept_sealed() {
    let server = start().await;
    ok(&server, &[("Action", "CreateUser"), ("UserName", "ann")]).await;
    let made = ok(&server, &[("Action", "CreateAccessKey"), ("UserName", "ann")]).await;
    let (id, secret) = (made.element("AccessKeyId"), made.element("SecretAccessKey"));
    assert!(id.starts_with("AKIA") && id.len() == 20, "{id}");
    assert_eq!((secret.len(), made.element("Status")), (40, "Active".into()));
    let kept = server.host.configuration.get::<AccessKey>(&id).await.unwrap().unwrap();
    assert!(!kept.secret.0.contains(&secret));
    let opened = server.host.master.open(&format!("access-key/{id}"), &kept.secret).unwrap();
    assert_eq!(opened, Secret::new(secret));
    assert!(server.host.master.open("access-key/AKIAANOTHERKEYANOTHE", &kept.secret).is_err());
}

#[tokio::test]
async fn a_user_has_two_keys_at_most() {
    let server = start().await;
    user(&server, "ann", None).await;
    key(&server, "ann").await;
    let fields = [("Action", "CreateAccessKey"), ("UserName", "ann")];
    fails(&server, &fields, 409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2").await;
    let fields = [("Action", "CreateAccessKey"), ("UserName", "bob")];
    fails(&server, &fields, 404, "NoSuchEntity", "The user with name bob cannot be found.").await;
}

#[tokio::test]
async fn users_manage_their_own_keys_and_nobody_elses() {
    let server = start().await;
    let own = allowing("iam:*AccessKey*", "arn:aws:iam::*:user/${aws:username}");
    let ann = user(&server, "ann", Some(&own)).await;
    let bob = user(&server, "bob", None).await;
    assert_eq!(asked(&server, &ann, &[("Action", "CreateAccessKey")]).await.0, 200);
    let listed = server.query("iam", &[("Action", "ListAccessKeys")], Some(&ann)).await;
    assert_eq!(all(&listed, "AccessKeyId").len(), 2);
    // Naming another's key under one's own name does not reach it.
    let delete = [("Action", "DeleteAccessKey"), ("AccessKeyId", bob.id.as_str())];
    assert_eq!(asked(&server, &ann, &delete).await, (404, "NoSuchEntity".into()));
    let update =
        [("Action", "UpdateAccessKey"), ("AccessKeyId", bob.id.as_str()), ("Status", "Inactive"), ("UserName", "ann")];
    assert_eq!(asked(&server, &ann, &update).await, (404, "NoSuchEntity".into()));
    let named = [("Action", "CreateAccessKey"), ("UserName", "bob")];
    assert_eq!(asked(&server, &ann, &named).await, (403, "AccessDenied".into()));
    let root = [("Action", "DeleteAccessKey"), ("AccessKeyId", server.root.id.as_str())];
    assert_eq!(asked(&server, &ann, &root).await, (404, "NoSuchEntity".into()));
}

#[tokio::test]
async fn the_root_has_keys_too() {
    let server = start().await;
    let made = ok(&server, &[("Action", "CreateAccessKey")]).await;
    let second =
        Keys { id: made.element("AccessKeyId"), secret: Secret::new(made.element("SecretAccessKey")), token: None };
    let listed = server.query("iam", &[("Action", "ListAccessKeys")], Some(&second)).await;
    let mut ids = all(&listed, "AccessKeyId");
    ids.sort();
    let mut wanted = [second.id.clone(), server.root.id.clone()];
    wanted.sort();
    assert_eq!(ids, wanted);
    fails(
        &server,
        &[("Action", "CreateAccessKey")],
        409,
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )
    .await;
    ok(&server, &[("Action", "DeleteAccessKey"), ("AccessKeyId", &second.id)]).await;
}

#[tokio::test]
async fn a_key_was_never_used() {
    let server = start().await;
    let ann = user(&server, "ann", None).await;
    let shown = ok(&server, &[("Action", "GetAccessKeyLastUsed"), ("AccessKeyId", &ann.id)]).await;
    assert_eq!(shown.element("UserName"), "ann");
    assert_eq!((shown.element("ServiceName"), shown.element("Region")), ("N/A".into(), "N/A".into()));
    assert!(!shown.text().contains("LastUsedDate"));
    let unknown = "AKIAIOSFODNN7EXAMPLE";
    let message = format!(
        "User: arn:aws:iam::000000000000:root is not authorized to perform iam:GetAccessKeyLastUsed on resource: access \
         key {unknown}"
    );
    let fields = [("Action", "GetAccessKeyLastUsed"), ("AccessKeyId", unknown)];
    fails(&server, &fields, 403, "AccessDenied", &message).await;
}
