//! Tokens that must not be taken for what they pretend to be.

use std::time::Duration;

use serde_json::{Value, json};

use crate::game::{Game, IdentityCalls, Provider};

async fn refusal(game: &Game, token: &str) -> String {
    let answer = game.get_id(json!({ game.provider.name.as_str(): token })).await;
    assert_eq!(answer.code(), "NotAuthorizedException", "{}", answer.text());
    answer.message()
}

fn claims(game: &Game) -> Value {
    let now = game.server.host.now().seconds();
    let issuer = format!("http://{}", game.provider.name);
    json!({ "iss": issuer, "sub": "ada", "aud": "game", "iat": now, "exp": now + 3600 })
}

#[tokio::test]
async fn another_key_another_issuer_another_audience() {
    let game = Game::start().await;
    let stranger = Provider::start().await;
    let mut forged = claims(&game);
    assert_eq!(refusal(&game, &stranger.sign(&forged)).await, "Invalid login token. Couldn't verify signed token.");
    forged["iss"] = json!("https://evil.example");
    assert_eq!(
        refusal(&game, &game.provider.sign(&forged)).await,
        "Invalid login token. Issuer doesn't match providerName"
    );
    let mut other_app = claims(&game);
    other_app["aud"] = json!("another-app");
    let unsupported = "Token is not from a supported provider of this identity pool.";
    assert_eq!(refusal(&game, &game.provider.sign(&other_app)).await, unsupported);
    // The authorized party counts, where there is one.
    let mut other_party = claims(&game);
    other_party["azp"] = json!("another-app");
    assert_eq!(refusal(&game, &game.provider.sign(&other_party)).await, unsupported);
    let mut no_audience = claims(&game);
    no_audience.as_object_mut().unwrap().remove("aud");
    assert_eq!(
        refusal(&game, &game.provider.sign(&no_audience)).await,
        "Invalid login token. Missing a required claim: aud"
    );
}

#[tokio::test]
async fn expired_and_not_yet_valid() {
    let game = Game::start().await;
    let token = game.provider.token(&game.server.host, "ada");
    let expires = game.server.host.now().seconds() + 3600;
    game.server.clock.advance(Duration::from_secs(3600));
    assert_eq!(refusal(&game, &token).await, format!("Invalid login token. Token expired: {expires} >= {expires}"));
    let mut future = claims(&game);
    future["nbf"] = json!(game.server.host.now().seconds() + 3600);
    assert!(
        refusal(&game, &game.provider.sign(&future)).await.starts_with("Invalid login token. Token is not valid yet")
    );
}

#[tokio::test]
async fn a_provider_that_the_pool_does_not_have() {
    let game = Game::start().await;
    let stranger = Provider::start().await;
    let logins = json!({ stranger.name.as_str(): stranger.token(&game.server.host, "ada") });
    assert_eq!(game.get_id(logins).await.message(), "Token is not from a supported provider of this identity pool.");
}

#[tokio::test]
async fn an_identity_of_another_pool_is_not_reached() {
    let game = Game::start().await;
    let body = json!({ "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": true });
    let other = game.server.identity("CreateIdentityPool", body, Some(&game.server.root)).await.json();
    let body = json!({ "IdentityPoolId": other["IdentityPoolId"] });
    let guest = game.server.identity("GetId", body, None).await.json()["IdentityId"].as_str().unwrap().to_owned();
    // The identity names its own pool, and that one does not have the provider.
    let answer = game.credentials(&guest, game.logins("ada")).await;
    assert_eq!(answer.message(), "Token is not from a supported provider of this identity pool.");
}

#[tokio::test]
async fn guests_where_guests_are_off() {
    let game = Game::start().await;
    let guest = game.guest().await;
    let body =
        json!({ "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": false });
    game.server.identity("UpdateIdentityPool", body, Some(&game.server.root)).await;
    let text = "Unauthenticated access is not supported for this identity pool.";
    assert_eq!(game.get_id(json!({})).await.message(), text);
    assert_eq!(game.credentials(&guest, json!({})).await.message(), text);
}

#[tokio::test]
async fn another_account_does_not_end_a_session() {
    let game = Game::start().await;
    let (identity, keys) = game.player("ada").await;
    let other = game.server.other_root().await;
    let revoke =
        async |by| game.server.json("daypass", "Daypass.Revoke", json!({ "IdentityId": identity }), Some(by)).await;
    assert_eq!(revoke(&other).await.status, 200, "it speaks of its own sessions");
    let who = async || game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await.status;
    assert_eq!(who().await, 200);
    revoke(&game.server.root).await;
    assert_eq!(who().await, 403);
}

#[tokio::test]
async fn revoked_sessions_and_new_ones() {
    let game = Game::start().await;
    let (identity, keys) = game.player("ada").await;
    let (_, grace) = game.player("grace").await;
    let revoked =
        game.server.json("daypass", "Daypass.Revoke", json!({ "IdentityId": identity }), Some(&game.server.root)).await;
    assert_eq!(revoked.status, 200);
    let who = async |keys| game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(keys)).await.status;
    assert_eq!((who(&keys).await, who(&grace).await), (403, 200));
    game.server.clock.advance(Duration::from_secs(1));
    let (_, again) = game.player("ada").await;
    assert_eq!(who(&again).await, 200);
}
