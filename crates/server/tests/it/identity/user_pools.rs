//! Logins of user pools: ID tokens for the pool's app clients, and ServerSideTokenCheck.

use federation::{Endpoints, Settings, Url};
use serde_json::{Value, json};
use server::testing::TestServer;

use crate::game::{Game, IdentityCalls, Provider, identity_in, role, services_with, trust};

const USER_POOL: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_players";

/// A game whose people sign in at a user pool; `introspection` is where it is asked about them.
async fn start(checks: bool, introspection: Option<&'static str>) -> Game {
    let provider = Provider::start().await;
    let name = provider.name.clone();
    let at = move |path: &str| Url::parse(&format!("http://{name}{path}")).unwrap();
    let endpoints = Endpoints { keys: Some(at("/keys")), introspection: introspection.map(at), ..Endpoints::default() };
    let settings = Settings {
        allowed_hosts: vec![provider.name.clone()],
        endpoints: [(USER_POOL.to_owned(), endpoints)].into(),
        ..Settings::default()
    };
    let server = TestServer::start_on(move |host| services_with(host, settings), |_| ()).await;
    let user_pool = json!({ "ProviderName": USER_POOL, "ClientId": "client1", "ServerSideTokenCheck": checks });
    let body = json!({
        "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": false, "CognitoIdentityProviders": [user_pool],
    });
    let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
    let pool = made.json()["IdentityPoolId"].as_str().unwrap().to_owned();
    Game { server, provider, pool }
}

fn logins(game: &Game, claims: Value) -> Value {
    let now = game.server.host.now().seconds();
    let issuer = format!("https://{USER_POOL}");
    let mut all =
        json!({ "iss": issuer, "sub": "ada", "aud": "client1", "token_use": "id", "iat": now, "exp": now + 60 });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    json!({ USER_POOL: game.provider.sign(&all) })
}

#[tokio::test]
async fn id_tokens_for_the_pools_clients_and_no_others() {
    let game = start(false, None).await;
    identity_in(&game.get_id(logins(&game, json!({}))).await);
    let text = "Token is not from a supported provider of this identity pool.";
    assert_eq!(game.get_id(logins(&game, json!({ "aud": "client2" }))).await.message(), text);
    let access = game.get_id(logins(&game, json!({ "token_use": "access" }))).await;
    assert_eq!(access.message(), "Invalid login token. Not a valid OpenId Connect identity token.");
    let other = json!({ "iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_others" });
    assert_eq!(
        game.get_id(logins(&game, other)).await.message(),
        "Invalid login token. Issuer doesn't match providerName"
    );
}

#[tokio::test]
async fn role_mappings_are_of_a_client() {
    let game = start(false, None).await;
    let admin = role(&game.server, "Admin", trust(&game.pool, "authenticated")).await;
    let mapping = json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" });
    let set = async |provider: &str| {
        let body = json!({ "IdentityPoolId": game.pool, "Roles": {}, "RoleMappings": { provider: mapping } });
        game.server.identity("SetIdentityPoolRoles", body, Some(&game.server.root)).await.code()
    };
    assert_eq!(set(USER_POOL).await, "InvalidParameterException", "the client is missing");
    assert_eq!(set(&format!("{USER_POOL}:client2")).await, "InvalidParameterException");
    assert_eq!(set(&format!("{USER_POOL}:client1")).await, "");
    let ada = identity_in(&game.get_id(logins(&game, json!({}))).await);
    let chosen = game.credentials(&ada, logins(&game, json!({ "cognito:preferred_role": admin }))).await;
    assert_eq!(chosen.status, 200, "{}", chosen.text());
    let none = game.credentials(&ada, logins(&game, json!({}))).await;
    assert!(none.message().starts_with("The ambiguous role mapping rules for:"), "{}", none.text());
    let body = json!({ "IdentityId": ada, "Logins": logins(&game, json!({})) });
    let basic = game.server.identity("GetOpenIdToken", body, None).await;
    assert!(basic.message().starts_with("Basic (classic) flow is not supported with RoleMappings"));
}

#[tokio::test]
async fn whoever_was_signed_out_everywhere_is_refused_where_the_pool_asks() {
    let active = start(true, Some("/active")).await;
    identity_in(&active.get_id(logins(&active, json!({}))).await);
    let revoked = start(true, Some("/revoked")).await;
    let refused = revoked.get_id(logins(&revoked, json!({}))).await;
    assert_eq!(
        (refused.code(), refused.message()),
        ("NotAuthorizedException".into(), "Invalid login token. Token has been revoked.".into())
    );
    // A check that was asked for is not skipped where it cannot be made.
    let unasked = start(true, None).await;
    assert_eq!(unasked.get_id(logins(&unasked, json!({}))).await.code(), "ExternalServiceException");
    let unclear = start(true, Some("/anything")).await;
    assert_eq!(unclear.get_id(logins(&unclear, json!({}))).await.code(), "ExternalServiceException");
}
