//! Logins at public providers, each behind a stand-in that speaks its protocol; and one provider that hangs.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use federation::{Endpoints, Settings, Url};
use http::Request;
use http::header::AUTHORIZATION;
use hyper::body::Incoming;
use operation::{Host, Service};
use serde_json::{Value, json};
use server::testing::TestServer;
use tokio::task::JoinSet;

use crate::game::{Game, IdentityCalls, Provider, identity_in, role, services_knowing};

/// What Amazon, Facebook and Twitter answer about the tokens of one person.
fn social(request: &Request<Incoming>) -> Option<(u16, Value)> {
    let query = request.uri().query().unwrap_or_default();
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = match request.uri().path() {
        "/auth/o2/tokeninfo" if query == "access_token=Atza%7Cada" => {
            json!({ "user_id": "amzn1.account.ADA", "aud": "amzn1.application-oa2-client.a", "exp": 60 })
        }
        "/user/profile" if shown == "Bearer Atza|ada" => json!({ "user_id": "amzn1.account.ADA", "name": "Ada" }),
        "/debug_token" => {
            let is_ours = query.starts_with("input_token=EAABada&access_token=123%7Csecret2&appsecret_proof=");
            if !is_ours {
                let error = json!({ "code": 100, "message": "The App_id in the input_token did not match" });
                return Some((400, json!({ "error": error })));
            }
            json!({ "data": { "app_id": "123", "user_id": "fb-ada", "is_valid": true, "type": "USER", "expires_at": 0 } })
        }
        "/1.1/account/verify_credentials.json" if shown.starts_with("OAuth oauth_consumer_key=\"key\"") => {
            json!({ "id": 7, "id_str": "7" })
        }
        "/auth/o2/tokeninfo" | "/user/profile" => return Some((400, json!({ "error": "invalid_token" }))),
        "/1.1/account/verify_credentials.json" => return Some((401, json!({ "errors": [{ "code": 89 }] }))),
        _ => return None,
    };
    Some((200, answer))
}

async fn start() -> Game {
    let provider = Provider::start_with(social).await;
    let at = |path: &str| Some(Url::parse(&format!("http://{}{path}", provider.name)).unwrap());
    let mut settings = Settings { allowed_hosts: vec![provider.name.clone()], ..Settings::default() };
    for name in ["accounts.google.com", "appleid.apple.com", "www.facebook.com"] {
        settings.endpoints.insert(name.to_owned(), Endpoints { keys: at("/keys"), ..Endpoints::default() });
    }
    for name in ["www.amazon.com", "graph.facebook.com", "api.twitter.com"] {
        settings.endpoints.insert(name.to_owned(), Endpoints { inspection: at(""), ..Endpoints::default() });
    }
    let services = move |host: &Arc<Host>| -> Vec<Service> {
        services_knowing(host, settings, &[("100", "secret1"), ("123", "secret2")])
    };
    let server = TestServer::start_on(services, |_| ()).await;
    let body = json!({
        "IdentityPoolName": "game", "AllowUnauthenticatedIdentities": false,
        "SupportedLoginProviders": {
            "accounts.google.com": "google-app", "appleid.apple.com": "apple-app", "graph.facebook.com": "123",
            "www.amazon.com": "amzn1.application-oa2-client.a", "api.twitter.com": "key;secret",
        },
    });
    let made = server.identity("CreateIdentityPool", body, Some(&server.root)).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let pool = made.json()["IdentityPoolId"].as_str().unwrap().to_owned();
    Game { server, provider, pool }
}

fn id_token(game: &Game, issuer: &str, subject: &str, app: &str) -> String {
    let now = game.server.host.now().seconds();
    game.provider.sign(&json!({ "iss": issuer, "sub": subject, "aud": app, "iat": now, "exp": now + 60 }))
}

#[tokio::test]
async fn every_public_provider_signs_its_people_in() {
    let game = start().await;
    let google = id_token(&game, "https://accounts.google.com", "ada", "google-app");
    let apple = id_token(&game, "https://appleid.apple.com", "ada", "apple-app");
    let mut identities = BTreeSet::new();
    for (name, token) in [
        ("accounts.google.com", google.as_str()),
        ("appleid.apple.com", &apple),
        ("graph.facebook.com", "EAABada"),
        ("www.amazon.com", "Atza|ada"),
        ("api.twitter.com", "token;secret"),
    ] {
        let identity = identity_in(&game.get_id(json!({ name: token })).await);
        assert_eq!(identity_in(&game.get_id(json!({ name: token })).await), identity, "{name}");
        assert!(identities.insert(identity), "{name}");
    }
    for (name, token) in [
        ("accounts.google.com", apple.as_str()),
        ("appleid.apple.com", &google),
        ("accounts.google.com", &id_token(&game, "https://accounts.google.com", "ada", "another-app")),
        ("graph.facebook.com", "EAABother"),
        ("www.amazon.com", "Atza|other"),
        ("api.twitter.com", "token"),
    ] {
        assert_eq!(game.get_id(json!({ name: token })).await.code(), "NotAuthorizedException", "{name}");
    }
}

#[tokio::test]
async fn google_is_one_issuer_in_two_spellings() {
    let game = start().await;
    let of = |issuer| json!({ "accounts.google.com": id_token(&game, issuer, "ada", "google-app") });
    let with = identity_in(&game.get_id(of("https://accounts.google.com")).await);
    assert_eq!(identity_in(&game.get_id(of("accounts.google.com")).await), with);
    assert_eq!(game.get_id(of("http://accounts.google.com")).await.code(), "NotAuthorizedException");
}

#[tokio::test]
async fn facebooks_limited_login_is_the_same_person() {
    let game = start().await;
    let opaque = identity_in(&game.get_id(json!({ "graph.facebook.com": "EAABada" })).await);
    let limited = |issuer, app| json!({ "graph.facebook.com": id_token(&game, issuer, "fb-ada", app) });
    assert_eq!(identity_in(&game.get_id(limited("https://www.facebook.com", "123")).await), opaque);
    for (issuer, app) in [
        ("https://www.facebook.com", "100"),
        ("https://graph.facebook.com", "123"),
        ("https://www.facebook.com/", "123"),
        ("https://accounts.google.com", "123"),
    ] {
        let refused = game.get_id(limited(issuer, app)).await;
        assert_eq!(refused.code(), "NotAuthorizedException", "{issuer} {app}");
    }
}

#[tokio::test]
async fn sts_finds_the_application_that_a_facebook_token_is_of() {
    let game = start().await;
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Federated": "graph.facebook.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "graph.facebook.com:app_id": "123" } },
    }] });
    let arn = role(&game.server, "Friend", trust).await;
    let assume = async |token| {
        let fields = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("RoleArn", arn.as_str()),
            ("RoleSessionName", "ada"),
            ("ProviderId", "graph.facebook.com"),
            ("WebIdentityToken", token),
        ];
        game.server.query("sts", &fields, None).await
    };
    let assumed = assume("EAABada").await;
    assert_eq!(assumed.status, 200, "{}", assumed.text());
    assert_eq!((assumed.element("Audience"), assumed.element("Provider")), ("123".into(), "graph.facebook.com".into()));
    assert_eq!(assume("EAABother").await.element("Code"), "IDPRejectedClaim");
}

#[tokio::test]
async fn a_provider_that_hangs_delays_only_its_own_people() {
    let (hanging, connections) = Provider::start_hanging().await;
    // Far longer than the test: nobody is rescued by a time that is over.
    let settings = Settings { timeout: Duration::from_secs(600), ..Settings::default() };
    let game = Arc::new(Game::trusting_also(&hanging, settings).await);
    let mut waiting = JoinSet::new();
    for at in 0..150 {
        let logins = json!({ hanging.name.as_str(): hanging.token(&game.server.host, &format!("player-{at}")) });
        let game = Arc::clone(&game);
        waiting.spawn(async move { game.get_id(logins).await });
    }
    let mut served = JoinSet::new();
    for at in 0..150 {
        let game = Arc::clone(&game);
        served.spawn(async move { game.identity_of(&format!("player-{at}")).await });
    }
    let identities: BTreeSet<_> = served.join_all().await.into_iter().collect();
    assert_eq!(identities.len(), 150);
    assert!(waiting.try_join_next().is_none(), "nobody at the hanging provider was answered meanwhile");
    // It goes down, and its people are told so, all of them by the one call that they waited for.
    drop(connections);
    for answer in waiting.join_all().await {
        assert_eq!(answer.code(), "ExternalServiceException", "{}", answer.text());
    }
    let page = Request::builder().uri(format!("http://{}/_daypass/metrics", game.server.authority()));
    let page = game.server.send_raw(page.header("host", "console.localhost").body(Default::default()).unwrap()).await;
    let count = |provider: &str, outcome: &str| {
        let line = format!("daypass_provider_fetches{{provider=\"{provider}\",outcome=\"{outcome}\"}} ");
        page.text().lines().find_map(|text| text.strip_prefix(&line)?.parse::<u32>().ok())
    };
    assert_eq!((count(&hanging.name, "failed"), count(&hanging.name, "ok")), (Some(1), None), "{}", page.text());
    assert_eq!((count(&game.provider.name, "failed"), count(&game.provider.name, "ok")), (None, Some(2)));
}
