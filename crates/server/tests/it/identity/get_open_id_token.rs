//! GetOpenIdToken, and the step that follows it in the basic flow.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::game::{Game, IdentityCalls, keys_in_xml};

async fn token(game: &Game, identity: &str, logins: Value) -> String {
    let body = json!({ "IdentityId": identity, "Logins": logins });
    let answer = game.server.identity("GetOpenIdToken", body, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["Token"].as_str().unwrap().to_owned()
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn the_token_says_what_the_spec_says() {
    let game = Game::start().await;
    let ada = game.identity_of("ada").await;
    let token = token(&game, &ada, game.logins("ada")).await;
    assert_eq!(part(&token, 0), json!({ "kid": "us-east-11", "typ": "JWS", "alg": "RS512" }));
    let claims = part(&token, 1);
    let now = game.server.host.now().seconds();
    let name = &game.provider.name;
    assert_eq!(
        claims,
        json!({
            "sub": ada, "aud": game.pool, "iss": "https://cognito-identity.amazonaws.com", "iat": now, "exp": now + 600,
            "amr": ["authenticated", name, format!("arn:aws:iam::000000000000:oidc-provider/{name}:OIDC:ada")],
            "https://cognito-identity.amazonaws.com/identity-pool-arn":
                format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", game.pool),
        })
    );
    let guest = game.guest().await;
    assert_eq!(part(&self::token(&game, &guest, json!({})).await, 1)["amr"], json!(["unauthenticated"]));
}

#[tokio::test]
async fn sts_takes_it_for_a_role_that_trusts_the_pool() {
    let game = Game::start().await;
    let ada = game.identity_of("ada").await;
    let token = token(&game, &ada, game.logins("ada")).await;
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Player"),
        ("RoleSessionName", "phone"),
        ("WebIdentityToken", token.as_str()),
    ];
    let answer = game.server.query("sts", &fields, None).await;
    assert_eq!(answer.element("SubjectFromWebIdentityToken"), ada);
    assert_eq!(answer.element("Provider"), "cognito-identity.amazonaws.com");
    assert_eq!(answer.element("Audience"), game.pool);
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys_in_xml(&answer))).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Player/phone");
    // The guest role wants another `amr`.
    let mut fields = fields;
    fields[1].1 = "arn:aws:iam::000000000000:role/Guest";
    let refused = game.server.query("sts", &fields, None).await;
    assert_eq!((refused.status, refused.code().as_str()), (403, "AccessDenied"));
    assert_eq!(refused.message(), "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    // A role that does not exist is told apart from nothing.
    fields[1].1 = "arn:aws:iam::000000000000:role/Nobody";
    assert_eq!(game.server.query("sts", &fields, None).await.message(), refused.message());
}

#[tokio::test]
async fn the_classic_flow_can_be_closed() {
    let game = Game::start().await;
    let body = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true, "AllowClassicFlow": false,
    });
    game.server.identity("UpdateIdentityPool", body, Some(&game.server.root)).await;
    let guest = game.guest().await;
    let answer = game.server.identity("GetOpenIdToken", json!({ "IdentityId": guest }), None).await;
    assert_eq!(answer.code(), "InvalidParameterException");
    assert_eq!(answer.message(), "Basic (classic) flow is not enabled, please use enhanced flow.");
}
