//! Attributes for access control: SetPrincipalTagAttributeMap, GetPrincipalTagAttributeMap, and the tags of a session.

use serde_json::{Value, json};
use server::testing::Answer;

use crate::game::{Game, IdentityCalls, keys_in, role};

fn arn(game: &Game) -> String {
    format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name)
}

async fn set(game: &Game, provider: &str, more: Value) -> Answer {
    let mut body = json!({ "IdentityPoolId": game.pool, "IdentityProviderName": provider });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    game.server.identity("SetPrincipalTagAttributeMap", body, Some(&game.server.root)).await
}

fn logins(game: &Game, claims: Value) -> Value {
    let now = game.server.host.now().seconds();
    let issuer = format!("http://{}", game.provider.name);
    let mut all = json!({ "iss": issuer, "sub": "ada", "aud": "game", "iat": now, "exp": now + 3600 });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    json!({ game.provider.name.as_str(): game.provider.sign(&all) })
}

/// A role of the pool that may be tagged, where the request has this tag.
async fn taggable(game: &Game, name: &str, condition: Value) {
    let arn = role(
        &game.server,
        name,
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"], "Condition": condition,
        }] }),
    )
    .await;
    let body = json!({ "IdentityPoolId": game.pool, "Roles": { "authenticated": arn } });
    assert_eq!(game.server.identity("SetIdentityPoolRoles", body, Some(&game.server.root)).await.status, 200);
}

fn of_the_pool(game: &Game) -> Value {
    json!({ "StringEquals": { "cognito-identity.amazonaws.com:aud": game.pool } })
}

#[tokio::test]
async fn maps_are_set_shown_and_taken_away() {
    let game = Game::start().await;
    let provider = arn(&game);
    let get = async || {
        let body = json!({ "IdentityPoolId": game.pool, "IdentityProviderName": provider });
        game.server.identity("GetPrincipalTagAttributeMap", body, Some(&game.server.root)).await.json()
    };
    let shown = |use_defaults: bool, tags: Value| json!({ "IdentityPoolId": game.pool, "IdentityProviderName": provider, "UseDefaults": use_defaults, "PrincipalTags": tags });
    assert_eq!(get().await, shown(false, json!({})));
    let own = set(&game, &provider, json!({ "PrincipalTags": { "team": "groups" } })).await;
    assert_eq!(own.json(), shown(false, json!({ "team": "groups" })));
    assert_eq!(get().await, own.json());
    let defaults = set(&game, &provider, json!({ "UseDefaults": true, "PrincipalTags": { "x": "y" } })).await;
    assert_eq!(defaults.json(), shown(true, json!({ "client": "aud", "username": "sub" })));
    set(&game, &provider, json!({ "UseDefaults": false })).await;
    assert_eq!(get().await, shown(false, json!({})));
    assert_eq!(set(&game, "www.amazon.com", json!({})).await.code(), "InvalidParameterException");
    let many: serde_json::Map<String, Value> = (0..51).map(|n| (n.to_string(), json!("sub"))).collect();
    assert_eq!(set(&game, &provider, json!({ "PrincipalTags": many })).await.code(), "ValidationException");
}

#[tokio::test]
async fn claims_become_tags_that_trust_policies_ask_for() {
    let game = Game::start().await;
    let provider = arn(&game);
    set(&game, &provider, json!({ "PrincipalTags": { "team": "groups", "none": "absent" } })).await;
    let ada = game.identity_of("ada").await;
    // The usual trust policy does not let anybody tag.
    let refused = game.credentials(&ada, logins(&game, json!({ "groups": "red" }))).await;
    assert_eq!(refused.code(), "InvalidIdentityPoolConfigurationException");
    assert_eq!(game.credentials(&ada, logins(&game, json!({}))).await.status, 200, "a missing claim gives no tag");
    let condition = json!({ "StringEquals": {
        "cognito-identity.amazonaws.com:aud": game.pool, "aws:RequestTag/team": "red",
    } });
    taggable(&game, "Tagged", condition).await;
    for (claims, status) in [
        (json!({ "groups": "red" }), 200),
        (json!({ "groups": ["red"] }), 200),
        (json!({ "groups": "blue" }), 400),
        (json!({}), 400),
        // What is no tag is not left out.
        (json!({ "groups": "red,blue" }), 400),
        (json!({ "groups": "x".repeat(257) }), 400),
    ] {
        let answer = game.credentials(&ada, logins(&game, claims.clone())).await;
        assert_eq!(answer.status, status, "{claims}: {}", answer.text());
    }
}

#[tokio::test]
async fn tags_last_as_long_as_the_session_and_travel_in_the_token() {
    let game = Game::start().await;
    set(&game, &arn(&game), json!({ "PrincipalTags": { "team": "groups" } })).await;
    taggable(&game, "Tagged", of_the_pool(&game)).await;
    let ada = game.identity_of("ada").await;
    let made = game.credentials(&ada, logins(&game, json!({ "groups": "red" }))).await;
    let keys = keys_in(&made.json()["Credentials"], "SecretKey");
    // A role that only who has the tag may assume.
    let condition = json!({ "StringEquals": { "aws:PrincipalTag/team": "red" } });
    let next = role(
        &game.server,
        "Next",
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:role/Tagged" },
            "Action": "sts:AssumeRole", "Condition": condition,
        }] }),
    )
    .await;
    let assume = [("Action", "AssumeRole"), ("RoleArn", next.as_str()), ("RoleSessionName", "next")];
    assert_eq!(game.server.query("sts", &assume, Some(&keys)).await.status, 200);
    let blue = game.credentials(&ada, logins(&game, json!({ "groups": "blue" }))).await;
    let keys = keys_in(&blue.json()["Credentials"], "SecretKey");
    assert_eq!(game.server.query("sts", &assume, Some(&keys)).await.code(), "AccessDenied");
    // The basic flow carries them in the token.
    let body = json!({ "IdentityId": ada, "Logins": logins(&game, json!({ "groups": "red" })) });
    let token = game.server.identity("GetOpenIdToken", body, None).await.json()["Token"].as_str().unwrap().to_owned();
    let basic = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Tagged"),
        ("RoleSessionName", "ada"),
        ("WebIdentityToken", token.as_str()),
    ];
    assert_eq!(game.server.query("sts", &basic, None).await.status, 200);
    let player = [("RoleArn", "arn:aws:iam::000000000000:role/Player")];
    let untaggable: Vec<_> = basic.iter().map(|field| if field.0 == "RoleArn" { player[0] } else { *field }).collect();
    assert_eq!(game.server.query("sts", &untaggable, None).await.code(), "AccessDenied");
}
