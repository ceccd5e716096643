//! Who may call: an identity reaches its own data alone, whatever the policy says.

use http::Method;
use serde_json::{Value, json};
use server::testing::Answer;

use super::{Device, EVERYTHING, OWN, allow, assert_refused, call, encoded, pool_path, replace, start};
use crate::game::{IdentityCalls, trust};

/// Every operation on an identity's data.
async fn everything_on(device: &Device<'_>) -> Vec<Answer> {
    let mut answers = vec![
        device.get("").await,
        device.get("/datasets").await,
        device.get("/datasets/prefs").await,
        device.get("/datasets/prefs/records").await,
        device.delete("prefs").await,
    ];
    let developer = Device::developer(device.game, &device.identity);
    // Even with a session token that fits.
    let token = developer.get("/datasets/prefs/records").await.json()["SyncSessionToken"].clone();
    let token = if token.is_null() { json!("none") } else { token };
    answers.push(device.update_with("prefs", &token, json!([replace("stolen", "x", 0)])).await);
    answers
}

#[tokio::test]
async fn an_identity_does_not_reach_another_although_its_policy_allows_everything() {
    let game = start(EVERYTHING).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    ada.updated("prefs", json!([replace("colour", "crimson", 0)])).await;
    let thief = Device { identity: ada.identity.clone(), ..Device::of(&game, "grace").await };
    for answer in everything_on(&thief).await {
        assert_refused(&answer, 403, "NotAuthorizedException");
        assert!(answer.message().contains("is forbidden") && !answer.text().contains("crimson"), "{}", answer.text());
    }
    assert_eq!(ada.list("prefs", 0).await["Count"], 1);
    assert_eq!(grace.list("prefs", 0).await["Count"], 0);
    // A guest is nobody else either.
    let guest = Device { identity: ada.identity.clone(), ..Device::of_guest(&game).await };
    for answer in everything_on(&guest).await {
        assert_refused(&answer, 403, "NotAuthorizedException");
    }
}

#[tokio::test]
async fn an_identity_does_not_reach_its_own_id_through_another_pool() {
    let game = start(EVERYTHING).await;
    let body = json!({ "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": true });
    let other = game.server.identity("CreateIdentityPool", body, Some(&game.server.root)).await.json();
    let other = other["IdentityPoolId"].as_str().unwrap().to_owned();
    let ada = Device::of(&game, "ada").await;
    let path = format!("/identitypools/{}/identities/{}/datasets", encoded(&other), encoded(&ada.identity));
    assert_refused(&call(&game, Method::GET, &path, Value::Null, &ada.keys).await, 403, "NotAuthorizedException");
    // To the developer there is no such identity in that pool.
    let answer = call(&game, Method::GET, &path, Value::Null, &game.server.root).await;
    assert_refused(&answer, 403, "NotAuthorizedException");
    let usage = format!("/identitypools/{}/identities/{}", encoded(&other), encoded(&ada.identity));
    let answer = call(&game, Method::GET, &usage, Value::Null, &game.server.root).await;
    assert_refused(&answer, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn another_account_finds_nothing() {
    let game = start(EVERYTHING).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("colour", "crimson", 0)])).await;
    let stranger = Device { keys: game.server.other_root().await, ..Device::developer(&game, &ada.identity) };
    for answer in everything_on(&stranger).await {
        assert!(matches!(answer.status, 403 | 404), "{}", answer.text());
        assert!(answer.text().contains(&format!("IdentityPool '{}' not found.", game.pool)), "{}", answer.text());
    }
    let answer = call(&game, Method::GET, &pool_path(&game), Value::Null, &stranger.keys).await;
    assert_refused(&answer, 404, "ResourceNotFoundException");
    let listed = call(&game, Method::GET, "/identitypools", Value::Null, &stranger.keys).await;
    assert_eq!((listed.status, &listed.json()["Count"]), (200, &json!(0)));
}

#[tokio::test]
async fn developers_reach_every_identity_of_their_pools() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    ada.updated("prefs", json!([replace("colour", "crimson", 0)])).await;
    let developer = Device::developer(&game, &ada.identity);
    assert_eq!(developer.list("prefs", 0).await["Records"][0]["Value"], "crimson");
    let records = developer.updated("prefs", json!([replace("colour", "blue", 1)])).await;
    assert_eq!((&records[0]["SyncCount"], &records[0]["LastModifiedBy"]), (&json!(2), &json!(ada.identity)));
    assert_eq!(developer.delete("prefs").await.status, 200);
}

#[tokio::test]
async fn identities_do_not_call_what_is_for_developers() {
    let game = start(EVERYTHING).await;
    let ada = Device::of(&game, "ada").await;
    for path in [pool_path(&game).as_str(), "/identitypools"] {
        let answer = call(&game, Method::GET, path, Value::Null, &ada.keys).await;
        assert_refused(&answer, 403, "NotAuthorizedException");
    }
}

#[tokio::test]
async fn the_usual_policy_gives_the_own_data_and_names_the_resource_of_a_denial() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    assert_eq!(ada.get("/datasets").await.status, 200);
    let guest = Device::of_guest(&game).await;
    guest.updated("prefs", json!([replace("colour", "crimson", 0)])).await;
    // The identity itself is not below itself.
    assert_refused(&ada.get("").await, 403, "AccessDeniedException");
    allow(&game, "Player", "cognito-sync:ListRecords", OWN).await;
    let answer = ada.get("/datasets").await;
    assert_refused(&answer, 403, "AccessDeniedException");
    let (pool, identity) = (&game.pool, &ada.identity);
    let wanted = format!(
        "User: arn:aws:sts::000000000000:assumed-role/Player/CognitoIdentityCredentials is not authorized to perform: \
         cognito-sync:ListDatasets on resource: arn:aws:cognito-sync:us-east-1:000000000000:identitypool/{pool}/identity/\
         {identity}/dataset/null"
    );
    assert!(answer.message().starts_with(&wanted), "{}", answer.message());
    let listed = call(&game, Method::GET, "/identitypools", Value::Null, &ada.keys).await;
    assert!(listed.message().contains("on resource: arn:aws:cognito-sync:us-east-1:000000000000:identitypool/null "));
    assert_eq!(ada.get("/datasets/prefs/records").await.status, 200);
}

#[tokio::test]
async fn a_policy_on_one_dataset_gives_no_other() {
    let game = start(OWN).await;
    let ada = Device::of(&game, "ada").await;
    allow(&game, "Player", "cognito-sync:*", &OWN.replace("/*", "/dataset/prefs")).await;
    assert_eq!(ada.get("/datasets/prefs/records").await.status, 200);
    for name in ["prefsx", "Prefs", "prefs2", "pref"] {
        let answer = ada.get(&format!("/datasets/{name}/records")).await;
        assert_refused(&answer, 403, "AccessDeniedException");
    }
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_elsewhere() {
    let game = start(OWN).await;
    let (ada, grace) = (Device::of(&game, "ada").await, Device::of(&game, "grace").await);
    ada.updated("prefs", json!([replace("colour", "crimson", 0)])).await;
    let (own, other) = (encoded(&grace.identity), encoded(&ada.identity));
    let pool = pool_path(&game);
    for path in [
        format!("{pool}/identities/{own}%2F..%2F{other}/datasets/prefs/records"),
        format!("{pool}/identities/{own}/../{other}/datasets/prefs/records"),
        format!("{pool}/identities/{own}/datasets/..%2F..%2F{other}%2Fdatasets%2Fprefs/records"),
        format!("{pool}/identities/{own}/datasets/x/../../../{other}/datasets/prefs/records"),
        format!("{pool}%2Fidentities%2F{other}/identities/{own}/datasets/prefs/records"),
        format!("/identitypools//identities/{other}/datasets/prefs/records"),
        format!("/{pool}/identities/{other}/datasets/prefs/records"),
        format!("{pool}/identities/{other}/datasets/prefs/records"),
        format!("{pool}/identities/{}/datasets/prefs/records", other.replace("%3A", "%253A")),
        format!("{pool}/identities/{}/datasets/prefs/records", other.to_uppercase()),
        format!("{pool}/identities/*/datasets/prefs/records"),
        format!("{pool}/identities/%24%7Bcognito-identity.amazonaws.com:sub%7D/datasets/prefs/records"),
    ] {
        let answer = call(&game, Method::GET, &path, Value::Null, &grace.keys).await;
        assert!(answer.status >= 400 && answer.status < 500, "{path}: {} {}", answer.status, answer.text());
        assert!(!answer.text().contains("crimson"), "{path}: {}", answer.text());
    }
    // Raw colons are the same path, signed as they were sent.
    let raw = format!("/identitypools/{}/identities/{}/datasets/prefs/records", game.pool, ada.identity);
    let answer = call(&game, Method::GET, &raw, Value::Null, &ada.keys).await;
    assert_eq!((answer.status, &answer.json()["Count"]), (200, &json!(1)));
}

#[tokio::test]
async fn nobody_calls_without_a_signature_or_with_that_of_another_service() {
    let game = start(EVERYTHING).await;
    let ada = Device::of(&game, "ada").await;
    let path = ada.path("/datasets");
    let unsigned = game.server.send("cognito-sync", Method::GET, &path, &[], "".into(), None).await;
    assert_refused(&unsigned, 403, "MissingAuthenticationTokenException");
    for service in ["cognito-identity", "sts"] {
        let answer = game.server.send(service, Method::GET, &path, &[], "".into(), Some(&ada.keys)).await;
        assert!(answer.status >= 400 && !answer.text().contains("Datasets"), "{}", answer.text());
    }
    let forged = server::testing::Keys { secret: vocab::Secret::new("guessed"), ..ada.keys.clone() };
    let answer = call(&game, Method::GET, &path, Value::Null, &forged).await;
    assert_refused(&answer, 403, "InvalidSignatureException");
}

#[tokio::test]
async fn a_role_with_another_federation_is_a_developer_only_by_its_policy() {
    let game = start(OWN).await;
    // A session of the pool's own tokens by the classic flow is the identity's as well.
    let ada = Device::of(&game, "ada").await;
    let body = json!({ "IdentityId": ada.identity, "Logins": game.logins("ada") });
    let token = game.server.identity("GetOpenIdToken", body, None).await.json()["Token"].as_str().unwrap().to_owned();
    let role = crate::game::role(&game.server, "Classic", trust(&game.pool, "authenticated")).await;
    allow(&game, "Classic", "cognito-sync:*", EVERYTHING).await;
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "ada"),
        ("WebIdentityToken", token.as_str()),
    ];
    let keys = crate::game::keys_in_xml(&game.server.query("sts", &fields, None).await);
    let classic = Device { keys: keys.clone(), ..Device::developer(&game, &ada.identity) };
    assert_eq!(classic.get("/datasets").await.status, 200);
    let grace = Device::of(&game, "grace").await;
    let thief = Device { keys, ..Device::developer(&game, &grace.identity) };
    assert_refused(&thief.get("/datasets").await, 403, "NotAuthorizedException");
}
