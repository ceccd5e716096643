//! AssumeRoleWithWebIdentity, with tokens of a provider that is registered in IAM.

use std::time::Duration;

use serde_json::{Value, json};
use server::testing::Answer;

use crate::game::{Game, IdentityCalls, Provider, keys_in_xml, role};

fn trusting(game: &Game, subject: &str) -> Value {
    let name = &game.provider.name;
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": format!("arn:aws:iam::000000000000:oidc-provider/{name}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { format!("{name}:sub"): subject, format!("{name}:aud"): "game" } },
    }] })
}

async fn assume(game: &Game, role: &str, token: &str) -> Answer {
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleArn", role),
        ("RoleSessionName", "web"),
        ("WebIdentityToken", token),
    ];
    game.server.query("sts", &fields, None).await
}

#[tokio::test]
async fn the_trust_policy_decides_on_verified_claims() {
    let game = Game::start().await;
    let arn = role(&game.server, "Ada", trusting(&game, "ada")).await;
    let made = assume(&game, &arn, &game.provider.token(&game.server.host, "ada")).await;
    assert_eq!(made.element("Provider"), format!("arn:aws:iam::000000000000:oidc-provider/{}", game.provider.name));
    assert_eq!((made.element("Audience"), made.element("SubjectFromWebIdentityToken")), ("game".into(), "ada".into()));
    let who = game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys_in_xml(&made))).await;
    assert_eq!(who.element("Arn"), "arn:aws:sts::000000000000:assumed-role/Ada/web");
    let refused = assume(&game, &arn, &game.provider.token(&game.server.host, "grace")).await;
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (403, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    );
}

#[tokio::test]
async fn a_plain_link_does_as_a_form_does() {
    let game = Game::start().await;
    let arn = role(&game.server, "Ada", trusting(&game, "ada")).await;
    let token = game.provider.token(&game.server.host, "ada");
    let target = format!(
        "/?Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=web&RoleArn={}&WebIdentityToken={token}",
        arn.replace(':', "%3A").replace('/', "%2F")
    );
    let made = game.server.send("sts", http::Method::GET, &target, &[], bytes::Bytes::new(), None).await;
    assert_eq!((made.status, made.element("Audience")), (200, "game".into()), "{}", made.text());
}

#[tokio::test]
async fn tokens_that_are_not_acceptable() {
    let game = Game::start().await;
    let arn = role(&game.server, "Ada", trusting(&game, "ada")).await;
    let stranger = Provider::start().await;
    let now = game.server.host.now().seconds();
    let claims = json!({ "iss": format!("http://{}", game.provider.name), "sub": "ada", "aud": "game", "iat": now, "exp": now + 60 });
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        game.provider.sign(&claims)
    };
    for (token, code, text) in [
        (
            "not a token".to_owned(),
            "InvalidIdentityToken",
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)".to_owned(),
        ),
        (
            stranger.token(&game.server.host, "ada"),
            "InvalidIdentityToken",
            format!("No OpenIDConnect provider found in your account for http://{}", stranger.name),
        ),
        (with("aud", json!("other")), "InvalidIdentityToken", "Incorrect token audience".to_owned()),
        (with("azp", json!("other")), "InvalidIdentityToken", "Incorrect token audience".to_owned()),
        (
            with("exp", json!(now - 1)),
            "ExpiredTokenException",
            format!("Token expired: current date/time {now} must be before the expiration date/time {}", now - 1),
        ),
        (
            with("https://aws.amazon.com/tags", json!("x")),
            "InvalidIdentityToken",
            "Malformed claim: https://aws.amazon.com/tags".to_owned(),
        ),
    ] {
        let answer = assume(&game, &arn, &token).await;
        assert_eq!((answer.status, answer.code().as_str(), answer.message()), (400, code, text));
    }
    assert_eq!(assume(&game, &arn, &stranger.sign(&claims)).await.code(), "InvalidIdentityToken");
    let answer = assume(&game, "nothing-valid-in-here", &game.provider.sign(&claims)).await;
    assert_eq!(
        (answer.code().as_str(), answer.message().as_str()),
        ("ValidationError", "nothing-valid-in-here is invalid")
    );
}

#[tokio::test]
async fn tags_of_a_token_need_the_right_to_tag() {
    let game = Game::start().await;
    let arn = role(&game.server, "Ada", trusting(&game, "ada")).await;
    let now = game.server.host.now().seconds();
    let claims = json!({
        "iss": format!("http://{}", game.provider.name), "sub": "ada", "aud": "game", "iat": now, "exp": now + 60,
        "https://aws.amazon.com/tags": { "principal_tags": { "team": ["red"] } },
    });
    assert_eq!(assume(&game, &arn, &game.provider.sign(&claims)).await.code(), "AccessDenied");
    let mut trust = trusting(&game, "ada");
    trust["Statement"][0]["Action"] = json!(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]);
    let arn = role(&game.server, "Tagged", trust).await;
    assert_eq!(assume(&game, &arn, &game.provider.sign(&claims)).await.status, 200);
}

#[tokio::test]
async fn a_session_of_a_role_that_is_gone_ends() {
    let game = Game::start().await;
    let arn = role(&game.server, "Ada", trusting(&game, "ada")).await;
    let keys = keys_in_xml(&assume(&game, &arn, &game.provider.token(&game.server.host, "ada")).await);
    let configuration = &game.server.host.configuration;
    let delete = |_: Option<&store::records::principals::Role>| Ok::<_, store::Error>(None);
    configuration.update("000000000000/ada", delete).await.unwrap();
    let call = async || game.server.query("sts", &[("Action", "GetCallerIdentity")], Some(&keys)).await.code();
    assert_eq!(call().await, "InvalidClientTokenId");
    // A role of the same name made later is another one.
    game.server.clock.advance(Duration::from_secs(1));
    role(&game.server, "Ada", trusting(&game, "ada")).await;
    assert_eq!(call().await, "InvalidClientTokenId");
}

#[tokio::test]
async fn a_pool_of_another_account_needs_a_role_that_asks_for_pool_and_kind_of_login() {
    const COGNITO: &str = "cognito-identity.amazonaws.com";
    let game = Game::start().await;
    let hand_over = |pool: Option<&store::records::pools::Pool>| {
        let mut pool = pool.cloned().unwrap();
        pool.account = vocab::AccountId::from_number(1).unwrap();
        Ok::<_, store::Error>(Some(pool))
    };
    let guest = game.guest().await;
    let asking = |condition: Value| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": { "Federated": COGNITO },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
        }] })
    };
    let (aud, amr, sub) = (format!("{COGNITO}:aud"), format!("{COGNITO}:amr"), format!("{COGNITO}:sub"));
    let guests = json!({ amr.as_str(): "unauthenticated" });
    let cases = [
        ("Both", json!({ "StringEquals": { aud.as_str(): game.pool }, "ForAnyValue:StringLike": guests }), true),
        ("Pool", json!({ "StringEquals": { aud.as_str(): game.pool } }), false),
        ("Kind", json!({ "ForAnyValue:StringLike": guests }), false),
        ("Person", json!({ "StringEquals": { sub.as_str(): guest } }), false),
        ("Any", json!({ "StringLike": { aud.as_str(): "*" }, "ForAnyValue:StringLike": guests }), false),
    ];
    let token = async || {
        let token = game.server.identity("GetOpenIdToken", json!({ "IdentityId": guest }), None).await.json();
        token["Token"].as_str().unwrap().to_owned()
    };
    let mut roles = Vec::new();
    for (name, condition, admitted) in cases {
        roles.push((role(&game.server, name, asking(condition)).await, admitted));
    }
    // In the pool's own account one condition is enough.
    for (arn, _) in &roles {
        assert_eq!(assume(&game, arn, &token().await).await.status, 200, "{arn}");
    }
    game.server.host.configuration.update(&game.pool, hand_over).await.unwrap();
    for (arn, admitted) in &roles {
        let wanted = if *admitted { 200 } else { 403 };
        assert_eq!(assume(&game, arn, &token().await).await.status, wanted, "{arn}");
    }
}

#[tokio::test]
async fn a_token_that_names_roles_opens_no_other() {
    let game = Game::start().await;
    let open = role(&game.server, "Open", trusting(&game, "ada")).await;
    let mut asking = trusting(&game, "ada");
    asking["Statement"][0]["Condition"]["Bool"] = json!({ "sts:RoleAuthorizedByIdp": "true" });
    let asking = role(&game.server, "Asking", asking).await;
    let mut barred = trusting(&game, "ada");
    barred["Statement"][0]["Condition"]["Bool"] = json!({ "sts:RoleAuthorizedByIdp": "false" });
    let barred = role(&game.server, "Barred", barred).await;
    let now = game.server.host.now().seconds();
    let issuer = format!("http://{}", game.provider.name);
    let naming = |claim: Option<Value>| {
        let mut claims = json!({ "iss": issuer, "sub": "ada", "aud": "game", "iat": now, "exp": now + 60 });
        if let Some(roles) = claim {
            claims["https://aws.amazon.com/roles"] = roles;
        }
        game.provider.sign(&claims)
    };
    let not_named = "The target role ARN is not present in the roles claim of the identity token";
    let malformed = "Malformed claim: https://aws.amazon.com/roles";
    let not_trusted = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let nobody = "arn:aws:iam::000000000000:role/Nobody".to_owned();
    for (claim, role, wanted) in [
        (None, &open, ""),
        (None, &asking, not_trusted),
        (None, &barred, ""),
        (Some(json!(open)), &open, ""),
        (Some(json!(asking)), &asking, ""),
        (Some(json!([open, asking])), &asking, ""),
        (Some(json!(barred)), &barred, not_trusted),
        (Some(json!(asking)), &open, not_named),
        (Some(json!([])), &open, not_named),
        (Some(json!("Open")), &open, not_named),
        (Some(json!("arn:aws:iam::000000000000:role/*")), &open, not_named),
        (Some(json!(open.to_lowercase())), &open, not_named),
        // Whether there is such a role is not told.
        (Some(json!(open)), &nobody, not_named),
        (Some(json!(nobody)), &nobody, not_trusted),
        (Some(json!(null)), &open, malformed),
        (Some(json!([open, 1])), &open, malformed),
        (Some(json!({ "role": open })), &open, malformed),
    ] {
        let made = assume(&game, role, &naming(claim.clone())).await;
        assert_eq!(made.message(), wanted, "{claim:?} {role}");
        assert_eq!(made.status == 200, wanted.is_empty(), "{claim:?} {role}");
    }
}
