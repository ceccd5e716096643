//! Developer-authenticated identities: GetOpenIdTokenForDeveloperIdentity, LookupDeveloperIdentity,
//! MergeDeveloperIdentities, UnlinkDeveloperIdentity.

use std::time::Duration;

use serde_json::{Value, json};
use server::testing::{Answer, Keys};

use crate::game::{Game, IdentityCalls, identity_in, keys_in, keys_in_xml, role, trust};
use crate::sts::user;

const PROVIDER: &str = "login.my.app";

/// A game whose pool has a developer provider.
async fn start() -> Game {
    let game = Game::start().await;
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name);
    let body = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true,
        "OpenIdConnectProviderARNs": [arn], "DeveloperProviderName": PROVIDER,
    });
    signed(&game, "UpdateIdentityPool", body).await;
    game
}

async fn signed(game: &Game, operation: &str, body: Value) -> Answer {
    game.server.identity(operation, body, Some(&game.server.root)).await
}

/// GetOpenIdTokenForDeveloperIdentity for these logins.
async fn token(game: &Game, identity: Option<&str>, logins: Value) -> Answer {
    let body = json!({ "IdentityPoolId": game.pool, "IdentityId": identity, "Logins": logins });
    signed(game, "GetOpenIdTokenForDeveloperIdentity", body).await
}

async fn identity_of(game: &Game, user: &str) -> String {
    identity_in(&token(game, None, json!({ PROVIDER: user })).await)
}

async fn lookup(game: &Game, mut body: Value) -> Answer {
    body["IdentityPoolId"] = json!(game.pool);
    signed(game, "LookupDeveloperIdentity", body).await
}

fn users(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["DeveloperUserIdentifierList"].clone()
}

fn claims(token: &str) -> Value {
    use base64::Engine;
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn the_token_opens_both_flows_and_nothing_else() {
    let game = start().await;
    let made = token(&game, None, json!({ PROVIDER: "ada" })).await;
    let (identity, token_of_ada) = (identity_in(&made), made.json()["Token"].as_str().unwrap().to_owned());
    let said = claims(&token_of_ada);
    assert_eq!(said["amr"], json!(["authenticated", PROVIDER, format!("{PROVIDER}:{}:ada", game.pool)]));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 900);
    let own = json!({ "cognito-identity.amazonaws.com": token_of_ada });
    let enhanced = game.credentials(&identity, own.clone()).await;
    assert_eq!(enhanced.status, 200, "{}", enhanced.text());
    let keys = keys_in(&enhanced.json()["Credentials"], "SecretKey");
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Player/CognitoIdentityCredentials");
    let basic = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Player"),
        ("RoleSessionName", "ada"),
        ("WebIdentityToken", token_of_ada.as_str()),
    ];
    keys_in_xml(&game.server.query("sts", &basic, None).await);
    // Nowhere else.
    assert_eq!(game.get_id(own.clone()).await.message(), "Invalid login token. Can't pass in a Cognito token.");
    let body = json!({ "IdentityId": identity, "Logins": own });
    let again = game.server.identity("GetOpenIdToken", body, None).await;
    assert_eq!(again.message(), "Invalid login token. Can't pass in a Cognito token.");
    // Once the identity is merged away, its tokens are good for nothing.
    identity_of(&game, "grace").await;
    let body = json!({
        "SourceUserIdentifier": "ada", "DestinationUserIdentifier": "grace",
        "DeveloperProviderName": PROVIDER, "IdentityPoolId": game.pool,
    });
    assert_eq!(signed(&game, "MergeDeveloperIdentities", body).await.status, 200);
    assert_eq!(game.credentials(&identity, own).await.code(), "NotAuthorizedException");
    assert_eq!(game.server.query("sts", &basic, None).await.code(), "IDPRejectedClaim");
}

#[tokio::test]
async fn durations_and_tags() {
    let game = start().await;
    let call = async |more: Value| {
        let mut body = json!({ "IdentityPoolId": game.pool, "Logins": { PROVIDER: "ada" } });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        signed(&game, "GetOpenIdTokenForDeveloperIdentity", body).await
    };
    let day = call(json!({ "TokenDuration": 86_400, "PrincipalTags": { "team": "red" } })).await;
    let said = claims(day.json()["Token"].as_str().unwrap());
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 86_400);
    assert_eq!(said["https://aws.amazon.com/tags"], json!({ "principal_tags": { "team": ["red"] } }));
    for (more, code) in [
        (json!({ "TokenDuration": 0 }), "ValidationException"),
        (json!({ "TokenDuration": 86_401 }), "ValidationException"),
        (json!({ "PrincipalTags": { "team": "a,b" } }), "InvalidParameterException"),
        (json!({ "PrincipalTags": { "": "x" } }), "ValidationException"),
    ] {
        assert_eq!(call(more.clone()).await.code(), code, "{more}");
    }
    // A token of one second is over after one second.
    let short = call(json!({ "TokenDuration": 1 })).await.json();
    game.server.clock.advance(Duration::from_secs(2));
    let own = json!({ "cognito-identity.amazonaws.com": short["Token"] });
    let late = game.credentials(short["IdentityId"].as_str().unwrap(), own).await;
    assert!(late.message().starts_with("Invalid login token. Token expired:"), "{}", late.text());
}

#[tokio::test]
async fn the_table_of_states() {
    let game = start().await;
    let ada = identity_of(&game, "ada").await;
    assert_eq!(identity_of(&game, "ada").await, ada, "a known user keeps the identity");
    let guest = game.guest().await;
    assert_eq!(
        identity_in(&token(&game, Some(&guest), json!({ PROVIDER: "grace" })).await),
        guest,
        "a guest is upgraded"
    );
    assert_eq!(game.credentials(&guest, json!({})).await.code(), "NotAuthorizedException", "and is no guest any more");
    let second = token(&game, Some(&ada), json!({ PROVIDER: "ada-2" })).await;
    assert_eq!(identity_in(&second), ada, "another user of the same developer is linked");
    let taken = token(&game, Some(&ada), json!({ PROVIDER: "grace" })).await;
    assert_eq!(taken.code(), "DeveloperUserAlreadyRegisteredException");
    // An identity that only a public provider knows wants a login of it.
    let player = game.identity_of("player").await;
    let refused = token(&game, Some(&player), json!({ PROVIDER: "eve" })).await;
    assert!(refused.message().starts_with("Logins don't match."), "{}", refused.text());
    let mut both = game.logins("player");
    both[PROVIDER] = json!("eve");
    assert_eq!(identity_in(&token(&game, Some(&player), both).await), player);
    let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
    let code = token(&game, Some(unknown), json!({ PROVIDER: "x" })).await.code();
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_is_no_developers_login() {
    let game = start().await;
    let text = "This identity pool does not support the specified developer provider";
    assert_eq!(token(&game, None, json!({ "login.other.app": "ada" })).await.message(), text);
    assert_eq!(token(&game, None, game.logins("ada")).await.code(), "InvalidParameterException");
    assert_eq!(token(&game, None, json!({})).await.code(), "InvalidParameterException");
    let mut forged = json!({ PROVIDER: "ada" });
    forged[game.provider.name.as_str()] = json!("not.a.token");
    assert_eq!(token(&game, None, forged).await.code(), "NotAuthorizedException");
    // The developer's word counts in signed calls alone.
    let unsigned = game.get_id(json!({ PROVIDER: "ada" })).await;
    assert_eq!(unsigned.message(), "Please provide a valid public provider.");
    let body = json!({ "IdentityPoolId": game.pool, "Logins": { PROVIDER: "ada" } });
    let nobody = game.server.identity("GetOpenIdTokenForDeveloperIdentity", body.clone(), None).await;
    assert_eq!(nobody.code(), "MissingAuthenticationTokenException");
    let (_, powerless) = user(&game.server, "powerless", None).await;
    let denied = game.server.identity("GetOpenIdTokenForDeveloperIdentity", body.clone(), Some(&powerless)).await;
    assert_eq!(denied.code(), "AccessDeniedException");
    let other: Keys = game.server.other_root().await;
    let foreign = game.server.identity("GetOpenIdTokenForDeveloperIdentity", body, Some(&other)).await;
    assert_eq!(foreign.code(), "ResourceNotFoundException");
}

#[tokio::test]
async fn names_that_would_be_mistaken_are_none_of_a_developer_provider() {
    let game = Game::start().await;
    for name in ["accounts.google.com", "cognito-identity.amazonaws.com", "unauthenticated", "authenticated"] {
        let body = json!({
            "IdentityPoolName": "x", "AllowUnauthenticatedIdentities": false, "DeveloperProviderName": name,
        });
        assert_eq!(signed(&game, "CreateIdentityPool", body).await.code(), "InvalidParameterException", "{name}");
    }
    // Nor may a provider come later whose logins would have the same key.
    let named = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "x", "AllowUnauthenticatedIdentities": false,
        "DeveloperProviderName": "login.example.com",
    });
    assert_eq!(signed(&game, "UpdateIdentityPool", named).await.status, 200);
    let later = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "x", "AllowUnauthenticatedIdentities": false,
        "OpenIdConnectProviderARNs": ["arn:aws:iam::000000000000:oidc-provider/login.example.com"],
    });
    assert_eq!(signed(&game, "UpdateIdentityPool", later).await.code(), "InvalidParameterException");
}

#[tokio::test]
async fn lookups_both_ways_by_page() {
    let game = start().await;
    let ada = identity_of(&game, "a1").await;
    for user in ["a3", "a2"] {
        token(&game, Some(&ada), json!({ PROVIDER: user })).await;
    }
    let first = lookup(&game, json!({ "IdentityId": ada, "MaxResults": 2 })).await;
    assert_eq!(users(&first), json!(["a1", "a2"]));
    let next = first.json()["NextToken"].clone();
    let second = lookup(&game, json!({ "IdentityId": ada, "MaxResults": 2, "NextToken": next })).await;
    assert_eq!((users(&second), second.json().get("NextToken").cloned()), (json!(["a3"]), None));
    let by_user = lookup(&game, json!({ "DeveloperUserIdentifier": "a2" })).await;
    assert_eq!((users(&by_user), by_user.json()["IdentityId"].clone()), (json!(["a1", "a2", "a3"]), json!(ada)));
    let grace = identity_of(&game, "grace").await;
    for (body, code) in [
        (json!({ "IdentityId": grace, "DeveloperUserIdentifier": "a1" }), "ResourceConflictException"),
        (json!({ "DeveloperUserIdentifier": "nobody" }), "ResourceNotFoundException"),
        (json!({}), "InvalidParameterException"),
        (json!({ "IdentityId": grace, "NextToken": next }), "InvalidParameterException"),
        (json!({ "IdentityId": ada, "MaxResults": 61 }), "ValidationException"),
    ] {
        assert_eq!(lookup(&game, body.clone()).await.code(), code, "{body}");
    }
    assert_eq!(
        users(&lookup(&game, json!({ "IdentityId": ada, "DeveloperUserIdentifier": "a1" })).await)
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_merge_keeps_the_destination() {
    let game = start().await;
    let (ada, grace) = (identity_of(&game, "ada").await, identity_of(&game, "grace").await);
    let merge = async |source: &str, destination: &str| {
        let body = json!({
            "SourceUserIdentifier": source, "DestinationUserIdentifier": destination,
            "DeveloperProviderName": PROVIDER, "IdentityPoolId": game.pool,
        });
        signed(&game, "MergeDeveloperIdentities", body).await
    };
    assert_eq!(merge("nobody", "ada").await.code(), "ResourceNotFoundException");
    assert_eq!(merge("ada", "nobody").await.code(), "ResourceNotFoundException");
    // Two people of one public provider are not made one.
    let mut first = game.logins("one");
    first[PROVIDER] = json!("ada");
    let mut second = game.logins("two");
    second[PROVIDER] = json!("grace");
    token(&game, None, first).await;
    token(&game, None, second).await;
    assert_eq!(merge("ada", "grace").await.code(), "ResourceConflictException");
    let eve = identity_of(&game, "eve").await;
    assert_eq!(identity_in(&merge("eve", "ada").await), ada);
    assert_eq!(identity_in(&merge("eve", "ada").await), ada, "once more changes nothing");
    assert_eq!(identity_of(&game, "eve").await, ada);
    let forbidden = game.credentials(&eve, json!({})).await;
    assert_eq!(forbidden.message(), format!("Access to Identity '{eve}' is forbidden."));
    let body = json!({
        "SourceUserIdentifier": "ada", "DestinationUserIdentifier": "grace",
        "DeveloperProviderName": "login.other.app", "IdentityPoolId": game.pool,
    });
    let other = signed(&game, "MergeDeveloperIdentities", body).await;
    assert_eq!(other.message(), "This identity pool does not support the specified developer provider");
    assert_eq!(identity_of(&game, "grace").await, grace);
}

#[tokio::test]
async fn a_user_who_is_unlinked_gets_a_new_identity() {
    let game = start().await;
    let ada = identity_of(&game, "ada").await;
    token(&game, Some(&ada), json!({ PROVIDER: "ada-2" })).await;
    let unlink = async |user: &str| {
        let body = json!({
            "IdentityId": ada, "IdentityPoolId": game.pool,
            "DeveloperProviderName": PROVIDER, "DeveloperUserIdentifier": user,
        });
        signed(&game, "UnlinkDeveloperIdentity", body).await
    };
    let made = token(&game, Some(&ada), json!({ PROVIDER: "ada" })).await;
    let token_of_ada = made.json()["Token"].as_str().unwrap().to_owned();
    let own = json!({ "cognito-identity.amazonaws.com": token_of_ada });
    let basic = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Player"),
        ("RoleSessionName", "ada"),
        ("WebIdentityToken", token_of_ada.as_str()),
    ];
    assert_eq!(game.credentials(&ada, own.clone()).await.status, 200);
    keys_in_xml(&game.server.query("sts", &basic, None).await);
    assert_eq!((unlink("ada").await.status, unlink("ada").await.code()), (200, "ResourceNotFoundException".into()));
    // The identity is now another's: a token of before is good for nothing.
    let forbidden = game.credentials(&ada, own).await;
    assert_eq!(forbidden.message(), format!("Access to Identity '{ada}' is forbidden."));
    assert_eq!(game.server.query("sts", &basic, None).await.code(), "IDPRejectedClaim");
    assert_ne!(identity_of(&game, "ada").await, ada);
    assert_eq!(identity_of(&game, "ada-2").await, ada);
    unlink("ada-2").await;
    let forbidden = game.credentials(&ada, json!({})).await;
    assert_eq!(forbidden.message(), format!("Access to Identity '{ada}' is forbidden."));
}

#[tokio::test]
async fn a_guests_token_ends_with_the_guest() {
    let game = start().await;
    let guest = game.guest().await;
    let made = game.server.identity("GetOpenIdToken", json!({ "IdentityId": guest }), None).await.json();
    let basic = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", "arn:aws:iam::000000000000:role/Player"),
        ("RoleSessionName", "guest"),
        ("WebIdentityToken", made["Token"].as_str().unwrap()),
    ];
    assert_eq!(game.server.query("sts", &basic, None).await.code(), "AccessDenied");
    assert_eq!(identity_in(&token(&game, Some(&guest), json!({ PROVIDER: "grace" })).await), guest);
    assert_eq!(game.server.query("sts", &basic, None).await.code(), "IDPRejectedClaim");
}

#[tokio::test]
async fn a_role_may_ask_for_the_developers_users() {
    let game = start().await;
    let arn = role(&game.server, "Developed", trust(&game.pool, &format!("{PROVIDER}:*:ada"))).await;
    let body = json!({ "IdentityPoolId": game.pool, "Roles": { "authenticated": arn } });
    signed(&game, "SetIdentityPoolRoles", body).await;
    for (user, status) in [("ada", 200), ("grace", 400)] {
        let made = token(&game, None, json!({ PROVIDER: user })).await.json();
        let own = json!({ "cognito-identity.amazonaws.com": made["Token"] });
        assert_eq!(game.credentials(made["IdentityId"].as_str().unwrap(), own).await.status, status, "{user}");
    }
}
