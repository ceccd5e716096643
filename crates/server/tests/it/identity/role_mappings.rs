//! Role mappings: SetIdentityPoolRoles, GetIdentityPoolRoles, and the role of a login with claims.

use serde_json::{Value, json};
use server::testing::Answer;

use crate::game::{Game, IdentityCalls, keys_in, role, trust};
use crate::sts::user;

fn arn(game: &Game) -> String {
    format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name)
}

async fn set(game: &Game, roles: Value, mappings: Value) -> Answer {
    let body = json!({ "IdentityPoolId": game.pool, "Roles": roles, "RoleMappings": mappings });
    game.server.identity("SetIdentityPoolRoles", body, Some(&game.server.root)).await
}

/// A token with these claims beside the usual ones.
fn logins(game: &Game, claims: Value) -> Value {
    let now = game.server.host.now().seconds();
    let issuer = format!("http://{}", game.provider.name);
    let mut all = json!({ "iss": issuer, "sub": "ada", "aud": "game", "iat": now, "exp": now + 3600 });
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    json!({ game.provider.name.as_str(): game.provider.sign(&all) })
}

/// The role that a login gets, or why it gets none.
async fn role_of(game: &Game, claims: Value, custom: Option<&str>) -> String {
    let identity = game.identity_of("ada").await;
    let body = json!({ "IdentityId": identity, "Logins": logins(game, claims), "CustomRoleArn": custom });
    let answer = game.server.identity("GetCredentialsForIdentity", body, None).await;
    if answer.status != 200 {
        return format!("{}: {}", answer.code(), answer.message());
    }
    let keys = keys_in(&answer.json()["Credentials"], "SecretKey");
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await;
    who.element("Arn").split('/').nth(1).unwrap().to_owned()
}

async fn two_roles(game: &Game) -> (String, String) {
    let admin = role(&game.server, "Admin", trust(&game.pool, "authenticated")).await;
    let editor = role(&game.server, "Editor", trust(&game.pool, "authenticated")).await;
    (admin, editor)
}

#[tokio::test]
async fn rules_choose_by_verified_claims() {
    let game = Game::start().await;
    let (admin, editor) = two_roles(&game).await;
    let rule = |claim: &str, kind: &str, value: &str, role: &str| json!({ "Claim": claim, "MatchType": kind, "Value": value, "RoleARN": role });
    let rules = [rule("groups", "Contains", "admins", &admin), rule("level", "Equals", "7", &editor)];
    let mapping = json!({
        "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole", "RulesConfiguration": { "Rules": rules },
    });
    let roles = json!({ "authenticated": "arn:aws:iam::000000000000:role/Player" });
    let answer = set(&game, roles.clone(), json!({ arn(&game): mapping })).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    let body = json!({ "IdentityPoolId": game.pool });
    let shown = game.server.identity("GetIdentityPoolRoles", body, Some(&game.server.root)).await.json();
    let wanted = json!({ "IdentityPoolId": game.pool, "Roles": roles, "RoleMappings": { arn(&game): mapping } });
    assert_eq!(shown, wanted);
    let forbidden = format!("NotAuthorizedException: Access to Role '{editor}' is forbidden.");
    for (claims, custom, wanted) in [
        (json!({ "groups": ["users", "admins"] }), None, "Admin"),
        (json!({ "level": 7 }), None, "Editor"),
        (json!({ "groups": "admins", "level": 7 }), None, "Admin"),
        (json!({ "groups": "admins", "level": 7 }), Some(editor.as_str()), "Editor"),
        (json!({ "groups": "admins" }), Some(editor.as_str()), forbidden.as_str()),
        (json!({}), None, "Player"),
    ] {
        assert_eq!(role_of(&game, claims.clone(), custom).await, wanted, "{claims} {custom:?}");
    }
    // The basic flow would go around the mapping.
    let body = json!({ "IdentityId": game.identity_of("ada").await, "Logins": logins(&game, json!({})) });
    let basic = game.server.identity("GetOpenIdToken", body, None).await;
    let text = "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.";
    assert_eq!((basic.code(), basic.message()), ("InvalidParameterException".into(), text.into()));
}

#[tokio::test]
async fn roles_of_the_token() {
    let game = Game::start().await;
    let (admin, editor) = two_roles(&game).await;
    let mapping = |ambiguous: &str| json!({ arn(&game): { "Type": "Token", "AmbiguousRoleResolution": ambiguous } });
    assert_eq!(set(&game, json!({}), mapping("Deny")).await.status, 200);
    let both = json!({ "cognito:roles": [admin, editor] });
    let ambiguous =
        format!("NotAuthorizedException: The ambiguous role mapping rules for: {} denied this request.", arn(&game));
    assert_eq!(role_of(&game, both.clone(), None).await, ambiguous);
    assert_eq!(role_of(&game, both.clone(), Some(&editor)).await, "Editor");
    let preferred = json!({ "cognito:roles": [admin, editor], "cognito:preferred_role": admin });
    assert_eq!(role_of(&game, preferred, None).await, "Admin");
    // A role of the token must exist, in the pool's account, and trust the pool.
    let text = "InvalidIdentityPoolConfigurationException: Invalid identity pool configuration. Check assigned IAM roles for this pool.";
    role(&game.server, "Distrustful", trust("us-east-1:00000000-0000-4000-8000-000000000000", "authenticated")).await;
    for named in ["Nobody", "Distrustful"] {
        let roles = json!({ "cognito:roles": [format!("arn:aws:iam::000000000000:role/{named}")] });
        assert_eq!(role_of(&game, roles, None).await, text, "{named}");
    }
    let foreign = json!({ "cognito:roles": ["arn:aws:iam::111111111111:role/Admin"] });
    assert_eq!(role_of(&game, foreign, None).await, text);
    assert_eq!(role_of(&game, json!({ "cognito:roles": ["nonsense"] }), None).await, text);
}

#[tokio::test]
async fn roles_and_tag_maps_may_be_set_at_the_same_time() {
    let game = Game::start().await;
    let tags =
        json!({ "IdentityPoolId": game.pool, "IdentityProviderName": arn(&game), "PrincipalTags": { "a": "sub" } });
    let roles = json!({ "authenticated": "arn:aws:iam::000000000000:role/Player" });
    for _ in 0..50 {
        let tag = game.server.identity("SetPrincipalTagAttributeMap", tags.clone(), Some(&game.server.root));
        let (tagged, set) = tokio::join!(tag, set(&game, roles.clone(), json!({})));
        assert_eq!((tagged.status, set.status), (200, 200), "{} {}", tagged.text(), set.text());
    }
}

#[tokio::test]
async fn mappings_that_are_refused() {
    let game = Game::start().await;
    let (admin, _) = two_roles(&game).await;
    let rules = |count: usize, role: &str| {
        let rule = json!({ "Claim": "g", "MatchType": "Equals", "Value": "x", "RoleARN": role });
        json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": vec![rule; count] } })
    };
    let own = arn(&game);
    let token = json!({ "Type": "Token", "AmbiguousRoleResolution": "Deny" });
    let nobody = "arn:aws:iam::000000000000:role/Nobody";
    for (provider, mapping, code) in [
        ("www.amazon.com", token.clone(), "InvalidParameterException"),
        (game.provider.name.as_str(), token.clone(), "InvalidParameterException"),
        (&own, json!({ "Type": "Token" }), "InvalidParameterException"),
        (&own, json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny" }), "InvalidParameterException"),
        (&own, rules(26, &admin), "InvalidParameterException"),
        (&own, rules(401, &admin), "ValidationException"),
        (&own, rules(0, &admin), "ValidationException"),
        (&own, rules(1, nobody), "NotAuthorizedException"),
        (&own, rules(1, "arn:aws:iam::111111111111:role/Admin"), "NotAuthorizedException"),
        (&own, json!({ "Type": "Guess", "AmbiguousRoleResolution": "Deny" }), "ValidationException"),
    ] {
        let answer = set(&game, json!({}), json!({ provider: mapping })).await;
        assert_eq!(answer.code(), code, "{provider} {mapping}");
    }
    let text =
        format!("({}) is not a valid RoleMapping ProviderName or is not a configured provider.", "www.amazon.com");
    assert_eq!(set(&game, json!({}), json!({ "www.amazon.com": token })).await.message(), text);
}

#[tokio::test]
async fn whoever_maps_a_role_must_be_allowed_to_pass_it() {
    let game = Game::start().await;
    let (admin, editor) = two_roles(&game).await;
    let rights = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*" },
        { "Effect": "Allow", "Action": "iam:PassRole", "Resource": editor },
    ] });
    let (_, keys) = user(&game.server, "mapper", Some(rights)).await;
    for (role, status) in [(&editor, 200), (&admin, 400)] {
        let rule = json!({ "Claim": "g", "MatchType": "Equals", "Value": "x", "RoleARN": role });
        let mapping =
            json!({ "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": [rule] } });
        let body = json!({ "IdentityPoolId": game.pool, "Roles": {}, "RoleMappings": { arn(&game): mapping } });
        let answer = game.server.identity("SetIdentityPoolRoles", body, Some(&keys)).await;
        assert_eq!(answer.status, status, "{role}: {}", answer.text());
    }
}

#[tokio::test]
async fn rules_that_do_not_count_hide_no_role_that_does() {
    let game = Game::start().await;
    let (admin, editor) = two_roles(&game).await;
    let pool = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": false,
        "OpenIdConnectProviderARNs": [arn(&game)], "SupportedLoginProviders": { "accounts.google.com": "app" },
    });
    let updated = game.server.identity("UpdateIdentityPool", pool, Some(&game.server.root)).await;
    assert_eq!(updated.status, 200, "{}", updated.text());
    let rights = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*" },
        { "Effect": "Allow", "Action": "iam:PassRole", "Resource": editor },
    ] });
    let (_, keys) = user(&game.server, "mapper", Some(rights)).await;
    let rule = |role: &str| json!({ "Claim": "g", "MatchType": "Equals", "Value": "x", "RoleARN": role });
    let many = vec![rule(&editor); 400];
    for (hiding, hidden, status) in [(400, &admin, 400), (400, &editor, 200), (1, &admin, 400)] {
        let mappings = json!({
            "accounts.google.com": { "Type": "Token", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": many[..hiding] } },
            arn(&game): { "Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": { "Rules": [rule(hidden)] } },
        });
        let body = json!({ "IdentityPoolId": game.pool, "Roles": {}, "RoleMappings": mappings });
        let answer = game.server.identity("SetIdentityPoolRoles", body, Some(&keys)).await;
        assert_eq!(answer.status, status, "{hidden} behind {hiding}: {}", answer.text());
    }
}
