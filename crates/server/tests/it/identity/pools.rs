//! The operations on pools: what they keep, what they answer, whom they refuse.

use serde_json::json;
use server::testing::TestServer;

use crate::game::{Game, IdentityCalls, role, services, trust};
use crate::sts::user;

#[tokio::test]
async fn a_pool_is_made_changed_and_deleted() {
    let server = TestServer::start(services).await;
    let root = Some(&server.root);
    let wanted = json!({
        "IdentityPoolName": "My game", "AllowUnauthenticatedIdentities": false, "AllowClassicFlow": true,
        "SupportedLoginProviders": { "www.amazon.com": "amzn1.application.x" }, "DeveloperProviderName": "login.my.app",
        "CognitoIdentityProviders": [{ "ProviderName": "cognito-idp.us-east-1.amazonaws.com/us-east-1_x", "ClientId": "c" }],
        "IdentityPoolTags": { "team": "red" },
    });
    let made = server.identity("CreateIdentityPool", wanted.clone(), root).await.json();
    let id = made["IdentityPoolId"].as_str().unwrap().to_owned();
    assert!(id.starts_with("us-east-1:"));
    let mut shown = wanted.clone();
    shown["IdentityPoolId"] = json!(id);
    shown["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] = json!(false);
    assert_eq!(made, shown);
    let described = server.identity("DescribeIdentityPool", json!({ "IdentityPoolId": id }), root).await;
    assert_eq!(described.json(), shown);

    // Full replacement; the developer provider stays.
    let update = json!({ "IdentityPoolId": id, "IdentityPoolName": "Renamed", "AllowUnauthenticatedIdentities": true });
    let updated = server.identity("UpdateIdentityPool", update.clone(), root).await.json();
    let mut left = update;
    left["DeveloperProviderName"] = json!("login.my.app");
    assert_eq!(updated, left);

    let listed = server.identity("ListIdentityPools", json!({ "MaxResults": 10 }), root).await.json();
    assert_eq!(listed, json!({ "IdentityPools": [{ "IdentityPoolId": id, "IdentityPoolName": "Renamed" }] }));
    let deleted = server.identity("DeleteIdentityPool", json!({ "IdentityPoolId": id }), root).await;
    assert_eq!((deleted.status, deleted.text()), (200, ""));
    let again = server.identity("DeleteIdentityPool", json!({ "IdentityPoolId": id }), root).await;
    assert_eq!(
        (again.code(), again.message()),
        ("ResourceNotFoundException".into(), format!("IdentityPool '{id}' not found."))
    );
}

#[tokio::test]
async fn a_deleted_pool_takes_its_identities_along() {
    let game = Game::start().await;
    let guest = game.guest().await;
    game.identity_of("ada").await;
    let body = json!({ "IdentityPoolId": game.pool });
    game.server.identity("DeleteIdentityPool", body, Some(&game.server.root)).await;
    assert_eq!(game.credentials(&guest, json!({})).await.code(), "ResourceNotFoundException");
    while identity::sweep::sweep(&game.server.host).await.unwrap() {}
    let left = game
        .server
        .host
        .rows
        .scan(store::Scan { table: store::Table::Login, prefix: &[], after: None, limit: 9 })
        .await;
    assert!(left.unwrap().is_empty());
    let left = game
        .server
        .host
        .rows
        .scan(store::Scan { table: store::Table::Identity, prefix: &[], after: None, limit: 9 })
        .await;
    assert!(left.unwrap().is_empty());
}

#[tokio::test]
async fn pages_go_on_where_they_ended() {
    let server = TestServer::start(services).await;
    let root = Some(&server.root);
    let mut made = Vec::new();
    for n in 0..5 {
        let body = json!({ "IdentityPoolName": format!("pool {n}"), "AllowUnauthenticatedIdentities": true });
        made.push(server.identity("CreateIdentityPool", body, root).await.json()["IdentityPoolId"].clone());
    }
    let mut seen = Vec::new();
    let mut page = json!({ "MaxResults": 2 });
    loop {
        let answer = server.identity("ListIdentityPools", page, root).await.json();
        seen.extend(answer["IdentityPools"].as_array().unwrap().iter().map(|pool| pool["IdentityPoolId"].clone()));
        if answer["NextToken"].is_null() {
            break;
        }
        page = json!({ "MaxResults": 2, "NextToken": answer["NextToken"] });
    }
    made.sort_by_key(ToString::to_string);
    assert_eq!(seen, made);
    let bad = server.identity("ListIdentityPools", json!({ "MaxResults": 2, "NextToken": "made-up" }), root).await;
    assert_eq!(bad.code(), "InvalidParameterException");
}

#[tokio::test]
async fn violations_are_told_in_amazons_words() {
    let server = TestServer::start(services).await;
    let root = Some(&server.root);
    let answer = server.identity("ListIdentityPools", json!({ "MaxResults": 61 }), root).await;
    assert_eq!(answer.code(), "ValidationException");
    let text = "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: \
                Member must have value less than or equal to 60";
    assert_eq!(answer.message(), text);
    let answer = server.identity("CreateIdentityPool", json!({ "IdentityPoolName": "a{b" }), root).await;
    assert!(answer.message().starts_with("2 validation errors detected: "), "{}", answer.message());
    assert!(answer.message().contains("Value 'a{b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+"));
}

#[tokio::test]
async fn strangers_and_players_manage_nothing() {
    let game = Game::start().await;
    let (_, keys) = game.player("ada").await;
    for (operation, body) in [
        ("ListIdentityPools", json!({ "MaxResults": 1 })),
        ("DescribeIdentityPool", json!({ "IdentityPoolId": game.pool })),
        ("DeleteIdentityPool", json!({ "IdentityPoolId": game.pool })),
        ("SetIdentityPoolRoles", json!({ "IdentityPoolId": game.pool, "Roles": {} })),
        ("ListIdentities", json!({ "IdentityPoolId": game.pool, "MaxResults": 1 })),
    ] {
        let unsigned = game.server.identity(operation, body.clone(), None).await;
        assert_eq!(unsigned.code(), "MissingAuthenticationTokenException", "{operation}");
        let denied = game.server.identity(operation, body, Some(&keys)).await;
        assert_eq!((denied.status, denied.code().as_str()), (400, "AccessDeniedException"), "{operation}");
        let text = format!("is not authorized to perform: cognito-identity:{operation}");
        assert!(denied.message().contains(&text), "{}", denied.message());
        assert!(denied.message().contains("because no identity-based policy allows"), "{}", denied.message());
    }
}

#[tokio::test]
async fn roles_must_exist_and_belong_to_the_account() {
    let game = Game::start().await;
    let root = Some(&game.server.root);
    for arn in ["arn:aws:iam::000000000000:role/Nobody", "arn:aws:iam::111111111111:role/Player"] {
        let body = json!({ "IdentityPoolId": game.pool, "Roles": { "authenticated": arn } });
        let answer = game.server.identity("SetIdentityPoolRoles", body, root).await;
        assert_eq!(
            (answer.code(), answer.message()),
            ("NotAuthorizedException".into(), format!("Access to Role '{arn}' is forbidden."))
        );
    }
    let arn = role(&game.server, "New", trust(&game.pool, "authenticated")).await;
    let body = json!({ "IdentityPoolId": game.pool, "Roles": { "authenticated": arn } });
    assert_eq!(game.server.identity("SetIdentityPoolRoles", body.clone(), root).await.status, 200);
    let shown = game.server.identity("GetIdentityPoolRoles", json!({ "IdentityPoolId": game.pool }), root).await;
    assert_eq!(shown.json(), body);
}

#[tokio::test]
async fn tags_are_added_and_taken_off() {
    let game = Game::start().await;
    let root = Some(&game.server.root);
    let arn = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", game.pool);
    let tagged =
        game.server.identity("TagResource", json!({ "ResourceArn": arn, "Tags": { "a": "1", "b": "2" } }), root).await;
    assert_eq!((tagged.status, tagged.json()), (200, json!({})));
    game.server.identity("UntagResource", json!({ "ResourceArn": arn, "TagKeys": ["a", "x"] }), root).await;
    let shown = game.server.identity("ListTagsForResource", json!({ "ResourceArn": arn }), root).await;
    assert_eq!(shown.json(), json!({ "Tags": { "b": "2" } }));
    for (own, other) in [("000000000000", "111111111111"), ("us-east-1:0", "eu-west-1:0")] {
        let body = json!({ "ResourceArn": arn.replacen(own, other, 1), "Tags": { "c": "3" } });
        let elsewhere = game.server.identity("TagResource", body, root).await;
        assert_eq!(elsewhere.code(), "ResourceNotFoundException", "{other}");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_whole_is_refused() {
    let server = TestServer::start(services).await;
    let user_pool = "cognito-idp.us-east-1.amazonaws.com/us-east-1_x";
    let many: Vec<_> =
        (0..1001).map(|n| json!({ "ProviderName": user_pool, "ClientId": format!("client{n}") })).collect();
    for (member, value, code) in [
        ("CognitoIdentityProviders", json!([{ "ProviderName": user_pool }]), "InvalidParameterException"),
        ("CognitoIdentityProviders", json!([{ "ClientId": "client" }]), "InvalidParameterException"),
        ("CognitoIdentityProviders", json!(many), "LimitExceededException"),
        ("IdentityPoolTags", json!({ "AWS:team": "red" }), "InvalidParameterException"),
    ] {
        let mut body = json!({ "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": true });
        body[member] = value;
        let answer = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{member}");
    }
}

#[tokio::test]
async fn identities_are_described_where_their_pool_is_allowed() {
    let game = Game::start().await;
    let guest = game.guest().await;
    let allowing = |pool: &str| {
        let arn = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{pool}");
        Some(json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "cognito-identity:DescribeIdentity", "Resource": "*",
            "Condition": { "StringEquals": { "cognito-identity:IdentityPoolArn": arn } },
        }] }))
    };
    let (_, ada) = user(&game.server, "ada", allowing(&game.pool)).await;
    let (_, grace) = user(&game.server, "grace", allowing("us-east-1:00000000-0000-4000-8000-000000000000")).await;
    let describe =
        async |keys| game.server.identity("DescribeIdentity", json!({ "IdentityId": guest }), Some(keys)).await;
    assert_eq!(describe(&ada).await.json()["IdentityId"], guest.as_str());
    assert_eq!(describe(&grace).await.code(), "AccessDeniedException");
}

#[tokio::test]
async fn tags_of_a_request_are_keys_of_its_actions() {
    let game = Game::start().await;
    let server = &game.server;
    let arn = format!("arn:aws:cognito-identity:us-east-1:000000000000:identitypool/{}", game.pool);
    let actions = ["CreateIdentityPool", "TagResource"].map(|action| format!("cognito-identity:{action}"));
    let rights = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": actions, "Resource": "*", "Condition": {
            "StringEquals": { "aws:RequestTag/team": "red" },
            "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] } } },
        { "Effect": "Allow", "Action": "cognito-identity:UntagResource", "Resource": "*", "Condition": {
            "ForAnyValue:StringEquals": { "aws:TagKeys": "cost" } } },
    ] });
    let (_, keys) = user(server, "maker", Some(rights)).await;
    for (tags, status) in [
        (json!({ "team": "blue" }), 400),
        (json!({ "cost": "1" }), 400),
        (json!({ "team": "red", "owner": "me" }), 400),
        (json!({ "team": "red", "cost": "1" }), 200),
    ] {
        let pool = json!({ "IdentityPoolName": "other", "AllowUnauthenticatedIdentities": false,
            "IdentityPoolTags": tags });
        let made = server.identity("CreateIdentityPool", pool, Some(&keys)).await;
        assert_eq!(made.status, status, "{tags}: {}", made.text());
        let tagged = json!({ "ResourceArn": arn, "Tags": tags });
        let tagged = server.identity("TagResource", tagged, Some(&keys)).await;
        assert_eq!(tagged.status, status, "{tags}: {}", tagged.text());
    }
    for (removed, status) in [(["team"], 400), (["cost"], 200)] {
        let body = json!({ "ResourceArn": arn, "TagKeys": removed });
        let untagged = server.identity("UntagResource", body, Some(&keys)).await;
        assert_eq!(untagged.status, status, "{removed:?}: {}", untagged.text());
    }
}
