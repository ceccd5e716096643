//! Resolving, linking, merging: the table of `spec/cognito-identity.md`, section 6, row by row.

use serde_json::{Value, json};

use crate::game::{Game, IdentityCalls, Provider, identity_in};

/// A game whose pool trusts a second provider too.
async fn two_providers() -> (Game, Provider) {
    let second = Provider::start().await;
    let game = Game::trusting_also(&second, federation::Settings::default()).await;
    (game, second)
}

/// The token call that resolves without needing roles.
async fn token(game: &Game, identity: &str, logins: Value) -> server::testing::Answer {
    let body = json!({ "IdentityId": identity, "Logins": logins });
    game.server.identity("GetOpenIdToken", body, None).await
}

fn both(game: &Game, second: &Provider, first_subject: &str, second_subject: &str) -> Value {
    let host = &game.server.host;
    json!({
        game.provider.name.as_str(): game.provider.token(host, first_subject),
        second.name.as_str(): second.token(host, second_subject),
    })
}

fn only(game: &Game, provider: &Provider, subject: &str) -> Value {
    json!({ provider.name.as_str(): provider.token(&game.server.host, subject) })
}

async fn described(game: &Game, identity: &str) -> Value {
    let body = json!({ "IdentityId": identity });
    let answer = game.server.identity("DescribeIdentity", body, Some(&game.server.root)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn every_call_without_logins_makes_a_new_guest() {
    let (game, _) = two_providers().await;
    let first = game.guest().await;
    assert_ne!(first, game.guest().await);
    assert_eq!(identity_in(&token(&game, &first, json!({})).await), first);
    assert!(described(&game, &first).await.get("Logins").is_none());
}

#[tokio::test]
async fn the_same_login_finds_the_same_identity() {
    let (game, _) = two_providers().await;
    let ada = game.identity_of("ada").await;
    assert_eq!(game.identity_of("ada").await, ada);
    assert_ne!(game.identity_of("grace").await, ada);
    assert_eq!(described(&game, &ada).await["Logins"], json!([game.provider.name]));
}

#[tokio::test]
async fn new_logins_together_make_one_identity() {
    let (game, second) = two_providers().await;
    let both_logins = identity_in(&game.get_id(both(&game, &second, "ada", "ada-2")).await);
    assert_eq!(game.identity_of("ada").await, both_logins);
    assert_eq!(identity_in(&game.get_id(only(&game, &second, "ada-2")).await), both_logins);
}

#[tokio::test]
async fn an_unlinked_login_beside_a_known_one_is_linked() {
    let (game, second) = two_providers().await;
    let ada = game.identity_of("ada").await;
    assert_eq!(identity_in(&game.get_id(both(&game, &second, "ada", "ada-2")).await), ada);
    assert_eq!(identity_in(&game.get_id(only(&game, &second, "ada-2")).await), ada);
}

#[tokio::test]
async fn a_guest_that_signs_in_keeps_its_id() {
    let (game, _) = two_providers().await;
    let guest = game.guest().await;
    assert_eq!(identity_in(&token(&game, &guest, game.logins("ada")).await), guest);
    assert_eq!(game.identity_of("ada").await, guest);
    let again = token(&game, &guest, json!({})).await;
    let forbidden = format!("Access to Identity '{guest}' is forbidden.");
    assert_eq!((again.code(), again.message()), ("NotAuthorizedException".into(), forbidden));
}

#[tokio::test]
async fn a_guest_gives_way_to_the_identity_that_the_person_has() {
    let (game, _) = two_providers().await;
    let ada = game.identity_of("ada").await;
    let guest = game.guest().await;
    assert_eq!(identity_in(&token(&game, &guest, game.logins("ada")).await), ada);
    let forbidden = format!("Access to Identity '{guest}' is forbidden.");
    assert_eq!(token(&game, &guest, game.logins("ada")).await.message(), forbidden);
    assert_eq!(token(&game, &guest, json!({})).await.message(), forbidden);
    // It stays listed, unless disabled ones are hidden.
    let listed = async |hide: bool| {
        let body = json!({ "IdentityPoolId": game.pool, "MaxResults": 60, "HideDisabled": hide });
        let answer = game.server.identity("ListIdentities", body, Some(&game.server.root)).await;
        answer.json()["Identities"].as_array().unwrap().len()
    };
    assert_eq!((listed(false).await, listed(true).await), (2, 1));
}

#[tokio::test]
async fn two_owners_are_merged_and_the_named_one_survives() {
    let (game, second) = two_providers().await;
    let older = game.identity_of("ada").await;
    game.server.clock.advance(std::time::Duration::from_secs(1));
    let younger = identity_in(&game.get_id(only(&game, &second, "ada-2")).await);
    assert_ne!(older, younger);
    let answer = token(&game, &younger, both(&game, &second, "ada", "ada-2")).await;
    assert_eq!(identity_in(&answer), younger);
    assert_eq!(game.identity_of("ada").await, younger);
    let gone = token(&game, &older, game.logins("ada")).await;
    assert_eq!(gone.message(), format!("Access to Identity '{older}' is forbidden."));
}

#[tokio::test]
async fn without_a_named_one_the_older_survives() {
    let (game, second) = two_providers().await;
    let younger_login = only(&game, &second, "ada-2");
    let older = game.identity_of("ada").await;
    game.server.clock.advance(std::time::Duration::from_secs(1));
    let younger = identity_in(&game.get_id(younger_login).await);
    let merged = identity_in(&game.get_id(both(&game, &second, "ada", "ada-2")).await);
    assert_eq!(merged, older);
    assert_eq!(identity_in(&game.get_id(only(&game, &second, "ada-2")).await), older);
    assert_ne!(younger, older);
}

#[tokio::test]
async fn somebody_elses_login_proves_nothing() {
    let (game, _) = two_providers().await;
    let ada = game.identity_of("ada").await;
    game.identity_of("grace").await;
    let text = "Logins don't match. Please include at least one valid login for this identity or identity pool.";
    assert_eq!(token(&game, &ada, game.logins("grace")).await.message(), text);
    assert_eq!(token(&game, &ada, game.logins("nobody-yet")).await.message(), text);
}

#[tokio::test]
async fn a_second_login_of_one_public_provider_is_a_conflict() {
    let (game, second) = two_providers().await;
    // Ada is known at both providers under two identities; each has a login of the second provider.
    let ada = identity_in(&game.get_id(both(&game, &second, "ada", "ada-2")).await);
    identity_in(&game.get_id(only(&game, &second, "other")).await);
    let answer = token(&game, &ada, both(&game, &second, "ada", "other")).await;
    assert_eq!(answer.code(), "ResourceConflictException");
    let answer = token(&game, &ada, both(&game, &second, "ada", "brand-new")).await;
    assert_eq!(answer.code(), "ResourceConflictException");
    // Nothing was linked.
    assert_eq!(described(&game, &ada).await["Logins"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn two_identities_that_share_a_provider_are_not_merged() {
    let (game, second) = two_providers().await;
    let ada = identity_in(&game.get_id(both(&game, &second, "ada", "ada-2")).await);
    let grace = identity_in(&game.get_id(both(&game, &second, "grace", "grace-2")).await);
    let answer = game.get_id(both(&game, &second, "ada", "grace-2")).await;
    assert_eq!(answer.code(), "ResourceConflictException");
    assert_eq!((game.identity_of("ada").await, game.identity_of("grace").await), (ada, grace));
}

#[tokio::test]
async fn a_disabled_identity_answers_no_unsigned_call() {
    let (game, _) = two_providers().await;
    game.identity_of("ada").await;
    let guest = game.guest().await;
    token(&game, &guest, game.logins("ada")).await;
    let forbidden = ("NotAuthorizedException".to_owned(), format!("Access to Identity '{guest}' is forbidden."));
    let unlink = json!({ "IdentityId": guest, "Logins": game.logins("ada"), "LoginsToRemove": [game.provider.name] });
    for answer in [
        token(&game, &guest, json!({})).await,
        token(&game, &guest, game.logins("ada")).await,
        game.credentials(&guest, json!({})).await,
        game.credentials(&guest, game.logins("ada")).await,
        game.server.identity("UnlinkIdentity", unlink, None).await,
    ] {
        assert_eq!((answer.code(), answer.message()), forbidden);
    }
}

#[tokio::test]
async fn a_provider_that_the_identitys_pool_does_not_have_is_refused() {
    let (game, second) = two_providers().await;
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name);
    let body = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true,
        "OpenIdConnectProviderARNs": [arn],
    });
    assert_eq!(game.server.identity("UpdateIdentityPool", body, Some(&game.server.root)).await.status, 200);
    let answer = token(&game, &game.identity_of("ada").await, both(&game, &second, "ada", "ada-2")).await;
    let text = "Token is not from a supported provider of this identity pool.";
    assert_eq!((answer.code(), answer.message()), ("NotAuthorizedException".into(), text.into()));
}

#[tokio::test]
async fn an_identity_has_at_most_twenty_logins() {
    let (game, _) = two_providers().await;
    let arn = format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name);
    let body = json!({
        "IdentityPoolId": game.pool, "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true,
        "OpenIdConnectProviderARNs": [arn], "DeveloperProviderName": "login.game",
    });
    game.server.identity("UpdateIdentityPool", body, Some(&game.server.root)).await;
    let vouch = async |identity: Option<&str>, user: usize| {
        let logins = json!({ "login.game": format!("user-{user}") });
        let body = json!({ "IdentityPoolId": game.pool, "IdentityId": identity, "Logins": logins });
        game.server.identity("GetOpenIdTokenForDeveloperIdentity", body, Some(&game.server.root)).await
    };
    let identity = identity_in(&vouch(None, 1).await);
    for user in 2..=20 {
        assert_eq!(identity_in(&vouch(Some(&identity), user).await), identity);
    }
    assert_eq!(vouch(Some(&identity), 21).await.code(), "ResourceConflictException");
    // Nothing was linked: the user gets an identity of its own.
    assert_ne!(identity_in(&vouch(None, 21).await), identity);
}

#[tokio::test]
async fn one_bad_token_fails_the_whole_call() {
    let (game, second) = two_providers().await;
    let mut logins = both(&game, &second, "ada", "ada-2");
    logins[second.name.as_str()] = json!("x.y.z");
    assert_eq!(game.get_id(logins).await.code(), "NotAuthorizedException");
    let alone = identity_in(&game.get_id(only(&game, &second, "ada-2")).await);
    assert_ne!(game.identity_of("ada").await, alone);
}

#[tokio::test]
async fn the_last_login_unlinked_leaves_nobody() {
    let (game, _) = two_providers().await;
    let ada = game.identity_of("ada").await;
    let body = json!({ "IdentityId": ada, "Logins": game.logins("ada"), "LoginsToRemove": [game.provider.name] });
    let answer = game.server.identity("UnlinkIdentity", body, None).await;
    assert_eq!((answer.status, answer.text()), (200, ""));
    assert_eq!(token(&game, &ada, json!({})).await.code(), "NotAuthorizedException");
    assert_eq!(token(&game, &ada, game.logins("ada")).await.code(), "NotAuthorizedException");
    assert_ne!(game.identity_of("ada").await, ada);
}

#[tokio::test]
async fn many_devices_of_one_person_find_one_identity() {
    let (game, _) = two_providers().await;
    let calls = (0..32).map(|_| game.identity_of("ada"));
    let found = futures_util::future::join_all(calls).await;
    assert!(found.iter().all(|identity| *identity == found[0]), "{found:?}");
}

#[tokio::test]
async fn of_two_people_who_upgrade_one_guest_one_is_first() {
    let (game, _) = two_providers().await;
    for round in 0..8 {
        let guest = game.guest().await;
        let people: Vec<String> = (0..4).map(|n| format!("person-{round}-{n}")).collect();
        let calls = people.iter().map(|person| token(&game, &guest, game.logins(person)));
        let answers = futures_util::future::join_all(calls).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1, "{answers:?}");
        assert!(
            answers
                .iter()
                .filter(|answer| answer.status != 200)
                .all(|answer| answer.message().starts_with("Logins don't match"))
        );
        let mut owners = Vec::new();
        for person in &people {
            owners.push(game.identity_of(person).await);
        }
        assert_eq!(owners.iter().filter(|owner| **owner == guest).count(), 1);
    }
}
