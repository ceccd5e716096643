//! GetCredentialsForIdentity.

use std::time::Duration;

use serde_json::json;

use crate::game::{Game, IdentityCalls, keys_in, role, trust};

#[tokio::test]
async fn credentials_are_of_the_pools_role() {
    let game = Game::start().await;
    let (_, keys) = game.player("ada").await;
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Player/CognitoIdentityCredentials");
    assert!(
        who.element("UserId").starts_with("AROA") && who.element("UserId").ends_with(":CognitoIdentityCredentials")
    );
    let guest = game.guest().await;
    let answer = game.credentials(&guest, json!({})).await.json();
    assert_eq!(answer["IdentityId"], guest.as_str());
    let expires = answer["Credentials"]["Expiration"].as_f64().unwrap();
    assert!((expires - game.server.host.now().epoch_number() - 3600.0).abs() < 1.0);
    let keys = keys_in(&answer["Credentials"], "SecretKey");
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Guest/CognitoIdentityCredentials");
}

#[tokio::test]
async fn sessions_end_after_an_hour() {
    let game = Game::start().await;
    let (_, keys) = game.player("ada").await;
    game.server.clock.advance(Duration::from_secs(3599));
    let call = async || game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!(call().await.status, 200);
    game.server.clock.advance(Duration::from_secs(1));
    let ended = call().await;
    assert_eq!((ended.status, ended.code().as_str()), (403, "ExpiredToken"));
}

#[tokio::test]
async fn a_role_that_does_not_trust_the_pool_is_a_matter_of_configuration() {
    let game = Game::start().await;
    let other =
        role(&game.server, "Other", trust("us-east-1:00000000-0000-4000-8000-000000000000", "authenticated")).await;
    let body = json!({ "IdentityPoolId": game.pool, "Roles": { "authenticated": other } });
    game.server.identity("SetIdentityPoolRoles", body, Some(&game.server.root)).await;
    let ada = game.identity_of("ada").await;
    let answer = game.credentials(&ada, game.logins("ada")).await;
    assert_eq!(answer.code(), "InvalidIdentityPoolConfigurationException");
    assert_eq!(answer.message(), "Invalid identity pool configuration. Check assigned IAM roles for this pool.");
    // No role for guests is the same.
    let guest = game.guest().await;
    assert_eq!(game.credentials(&guest, json!({})).await.code(), "InvalidIdentityPoolConfigurationException");
}

#[tokio::test]
async fn our_own_token_stands_for_its_identity_alone() {
    let game = Game::start().await;
    let ada = game.identity_of("ada").await;
    let grace = game.identity_of("grace").await;
    let body = json!({ "IdentityId": ada, "Logins": game.logins("ada") });
    let token = game.server.identity("GetOpenIdToken", body, None).await.json()["Token"].as_str().unwrap().to_owned();
    let own = json!({ "cognito-identity.amazonaws.com": token });
    assert_eq!(game.credentials(&ada, own.clone()).await.status, 200);
    let foreign = game.credentials(&grace, own.clone()).await;
    assert_eq!(
        (foreign.code(), foreign.message()),
        ("NotAuthorizedException".into(), "Invalid login token. Not a Cognito token.".into())
    );
    let get_id = game.get_id(own.clone()).await;
    assert_eq!(get_id.message(), "Invalid login token. Can't pass in a Cognito token.");
    game.server.clock.advance(Duration::from_secs(601));
    assert_eq!(game.credentials(&ada, own).await.code(), "NotAuthorizedException");
}

#[tokio::test]
async fn unknown_identities_and_custom_roles() {
    let game = Game::start().await;
    let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
    let answer = game.credentials(unknown, json!({})).await;
    // amplify-js compares this text exactly.
    assert_eq!(
        (answer.code(), answer.message()),
        ("ResourceNotFoundException".into(), format!("Identity '{unknown}' not found."))
    );
    let ada = game.identity_of("ada").await;
    let body = json!({ "IdentityId": ada, "Logins": game.logins("ada"), "CustomRoleArn": "arn:aws:iam::000000000000:role/Admin" });
    let answer = game.server.identity("GetCredentialsForIdentity", body, None).await;
    assert_eq!(answer.code(), "NotAuthorizedException");
}

#[tokio::test]
async fn a_signature_on_an_unsigned_call_is_ignored() {
    let game = Game::start().await;
    let body = json!({ "IdentityPoolId": game.pool });
    let mut keys = game.server.root.clone();
    keys.secret = vocab::Secret::new("wrong");
    assert_eq!(game.server.identity("GetId", body, Some(&keys)).await.status, 200);
}
