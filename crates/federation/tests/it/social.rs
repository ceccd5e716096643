//! Opaque tokens: what Amazon, Facebook and Twitter say about them; and what a user pool says of its own.

use std::sync::Arc;
use std::time::Duration;

use federation::{Endpoints, Error, Reason, Url, Verifier};
use serde_json::json;
use vocab::Secret;

use crate::support::{Answer, NOW, Set, Site, settings};

async fn world() -> (Site, Arc<Set>, Verifier) {
    let site = Site::start(None).await;
    // No test waits for it to be over.
    let mut settings = federation::Settings { timeout: Duration::from_secs(600), ..settings(&site) };
    for name in ["www.amazon.com", "graph.facebook.com", "api.twitter.com"] {
        let inspection = Some(Url::parse(&format!("http://{}/social", site.place)).unwrap());
        settings.endpoints.insert(name.to_owned(), Endpoints { inspection, ..Endpoints::default() });
    }
    let clock = Set::new();
    let verifier = Verifier::new(settings, Arc::clone(&clock) as Arc<dyn vocab::Clock>).unwrap();
    (site, clock, verifier)
}

#[tokio::test]
async fn amazon_says_whose_token_it_is_and_is_believed_for_a_minute() {
    let (site, clock, verifier) = world().await;
    site.answers(|path| match path {
        "/social/user/profile" => Answer::json(&json!({"user_id": "amzn1.account.PLAYER", "name": "Ada"})),
        _ => Answer::json(&json!({
            "iss": "https://www.amazon.com", "user_id": "amzn1.account.PLAYER", "exp": 3600, "iat": NOW - 5,
            "aud": "amzn1.application-oa2-client.APP", "app_id": "amzn1.application.APP"
        })),
    });
    let verified = verifier.amazon("Atza|a&b").await.unwrap();
    assert_eq!((verified.provider(), verified.subject.as_str()), ("www.amazon.com", "amzn1.account.PLAYER"));
    assert_eq!(verified.audience_among(&["amzn1.application.APP"]), Ok("amzn1.application.APP"));
    assert_eq!(verified.audience_among(&["amzn1.application-oa2-client.APP"]), Ok(verified.audience()));
    assert_eq!(verified.expires_at.seconds(), NOW + 3600);
    assert_eq!(verified.claims.len(), 3);
    clock.advance(Duration::from_secs(59));
    assert!(verifier.amazon("Atza|a&b").await.is_ok());
    assert_eq!(site.asked(), ["/social/auth/o2/tokeninfo?access_token=Atza%7Ca%26b", "/social/user/profile"]);
    assert!(site.last_request().contains("\r\nauthorization: Bearer Atza|a&b\r\n"), "{}", site.last_request());
    clock.advance(Duration::from_secs(1));
    site.answers(|_| Answer::status("400 Bad Request", r#"{"error":"invalid_token"}"#));
    assert_eq!(verifier.amazon("Atza|a&b").await, Err(Error::Rejected));
}

#[tokio::test]
async fn an_answer_of_amazon_without_what_it_is_for_is_no_answer() {
    let (site, _, verifier) = world().await;
    for (answer, error) in [
        (json!({"user_id": "u", "aud": "a"}), Error::Unreachable(Reason::Document)),
        (json!({"user_id": "", "aud": "a", "exp": 1}), Error::Unreachable(Reason::Document)),
        (json!({"user_id": "u", "exp": 1}), Error::Unreachable(Reason::Document)),
        (json!({"user_id": "u", "aud": "", "exp": 1}), Error::Unreachable(Reason::Document)),
        (json!({"user_id": "u", "aud": "a", "exp": 0}), Error::Rejected),
    ] {
        site.answers(move |_| Answer::json(&answer));
        assert_eq!(verifier.amazon("token").await, Err(error));
    }
    site.answers(|_| Answer::status("503 Service Unavailable", ""));
    assert_eq!(verifier.amazon("token").await, Err(Error::Unreachable(Reason::Status(503))));
    assert_eq!(verifier.amazon(&"x".repeat(4097)).await, Err(Error::TooLong { limit: 4096 }));
}

#[tokio::test]
async fn both_answers_of_amazon_must_speak_of_one_customer() {
    let (site, _, verifier) = world().await;
    for (profile, error) in [
        (Answer::json(&json!({"user_id": "amzn1.account.OTHER"})), Error::Rejected),
        (Answer::json(&json!({"name": "Ada"})), Error::Unreachable(Reason::Document)),
        (Answer::status("403 Forbidden", r#"{"error":"insufficient_scope"}"#), Error::Rejected),
        (Answer::status("503 Service Unavailable", ""), Error::Unreachable(Reason::Status(503))),
        (Answer::Close, Error::Unreachable(Reason::Connection)),
    ] {
        let profile = std::sync::Mutex::new(Some(profile));
        site.answers(move |path| match path {
            "/social/user/profile" => profile.lock().unwrap().take().unwrap_or(Answer::Close),
            _ => Answer::json(&json!({"user_id": "amzn1.account.PLAYER", "exp": 3600, "aud": "app"})),
        });
        assert_eq!(verifier.amazon("token").await, Err(error));
    }
}

#[tokio::test]
async fn facebook_is_asked_as_the_application() {
    let (site, _, verifier) = world().await;
    site.answers(|_| {
        Answer::json(&json!({"data": {"app_id": "123", "user_id": "456", "is_valid": true, "expires_at": NOW + 60}}))
    });
    let secret = Secret::new("s/ecret");
    let verified = verifier.facebook("token", "123", Some(&secret)).await.unwrap();
    assert_eq!((verified.subject.as_str(), verified.audience()), ("456", "123"));
    assert_eq!(verified.expires_at.seconds(), NOW + 60);
    assert_eq!(
        site.asked(),
        [format!("/social/debug_token?input_token=token&access_token=123%7Cs%2Fecret&appsecret_proof={PROOF}")]
    );
    assert_eq!(verifier.facebook("token", "999", Some(&secret)).await, Err(Error::WrongAudience));
    for (answer, error) in [
        (json!({"data": {"app_id": "123", "user_id": "456", "is_valid": false}}), Error::Rejected),
        (json!({"data": {"app_id": "123", "user_id": "456", "is_valid": "true"}}), Error::Rejected),
        (json!({"data": {"app_id": "123", "user_id": "456", "is_valid": true, "type": "PAGE"}}), Error::Rejected),
        (json!({"data": {"app_id": "123", "is_valid": true, "type": "APP"}}), Error::Rejected),
        (json!({"data": {"user_id": "456", "is_valid": true}}), Error::Unreachable(Reason::Document)),
        (
            json!({"data": {"app_id": "123", "user_id": "456", "is_valid": true, "expires_at": NOW}}),
            Error::Expired { now: NOW, at: NOW },
        ),
    ] {
        site.answers(move |_| Answer::json(&answer));
        assert_eq!(verifier.facebook("other", "123", Some(&secret)).await, Err(error));
    }
}

#[tokio::test]
async fn facebook_without_a_secret_is_asked_with_the_token() {
    let (site, _, verifier) = world().await;
    site.answers(|path| match path {
        "/social/app?access_token=token" => Answer::json(&json!({"id": "123"})),
        "/social/me?fields=id&access_token=token" => Answer::json(&json!({"id": "456"})),
        _ => Answer::status("400 Bad Request", "{}"),
    });
    let verified = verifier.facebook("token", "123", None).await.unwrap();
    assert_eq!((verified.subject.as_str(), verified.audience()), ("456", "123"));
    assert_eq!(verifier.facebook("token", "999", None).await, Err(Error::WrongAudience));
    assert_eq!(verifier.facebook("another", "123", None).await, Err(Error::Rejected));
}

#[tokio::test]
async fn inspections_under_way_are_bounded_and_keep_no_keys_from_being_read() {
    let signer = crate::support::Signer::ec("one", "ES256");
    let world = crate::support::World::with(&[&signer], |settings| settings.max_inspections = 0).await;
    assert_eq!(world.verifier.amazon("token").await, Err(Error::Unreachable(Reason::Busy)));
    assert!(world.verify(&signer.token(&world.claims(json!({})))).await.is_ok());
}

#[tokio::test]
async fn a_provider_that_hangs_takes_the_room_of_no_other() {
    let (site, _, verifier) = world().await;
    site.answers(|path| {
        if path.starts_with("/social/auth") {
            return Answer::Hang;
        }
        Answer::json(&json!({"data": {"app_id": "123", "user_id": "456", "is_valid": true}}))
    });
    let verifier = Arc::new(verifier);
    let mut waiting = tokio::task::JoinSet::new();
    for at in 0..200 {
        let verifier = Arc::clone(&verifier);
        waiting.spawn(async move { verifier.amazon(&format!("token{at}")).await });
    }
    // More wait for Amazon than may; the others are told at once.
    for _ in 0..200 - 64 {
        let told = waiting.join_next().await.unwrap().unwrap();
        assert_eq!(told, Err(Error::Unreachable(Reason::Busy)));
    }
    let secret = Secret::new("secret");
    for at in 0..200 {
        assert!(verifier.facebook(&format!("token{at}"), "123", Some(&secret)).await.is_ok());
    }
    assert!(waiting.try_join_next().is_none(), "nobody at Amazon was answered meanwhile");
}

#[tokio::test]
async fn twitter_is_asked_with_a_call_that_both_secrets_sign() {
    let (site, clock, verifier) = world().await;
    site.answers(|_| Answer::json(&json!({"id": 38895958, "id_str": "38895958", "screen_name": "player"})));
    let verified = verifier.twitter("token;secret", "key;consumersecret", [1; 16]).await.unwrap();
    assert_eq!(
        (verified.provider(), verified.subject.as_str(), verified.audience()),
        ("api.twitter.com", "38895958", "key")
    );
    let request = site.last_request();
    assert!(request.starts_with("GET /social/1.1/account/verify_credentials.json HTTP/1.1"), "{request}");
    let header = request.lines().find(|line| line.starts_with("authorization: OAuth ")).unwrap();
    assert!(header.contains("oauth_consumer_key=\"key\"") && header.contains("oauth_token=\"token\""), "{header}");
    assert!(header.contains("oauth_signature=\"") && !header.contains("secret"), "{header}");
    // Believed for a minute, as the other opaque tokens; and for this application alone.
    verifier.twitter("token;secret", "key;consumersecret", [2; 16]).await.unwrap();
    assert_eq!(site.asked().len(), 1);
    verifier.twitter("token;secret", "other;consumersecret", [3; 16]).await.unwrap();
    assert_eq!(site.asked().len(), 2);
    clock.advance(Duration::from_secs(60));
    site.answers(|_| Answer::status("401 Unauthorized", r#"{"errors":[{"code":89}]}"#));
    assert_eq!(verifier.twitter("token;secret", "key;consumersecret", [4; 16]).await, Err(Error::Rejected));
    for (token, consumer) in [("token", "key;secret"), ("token;secret", "key"), ("a;b;c", "key;secret")] {
        assert_eq!(verifier.twitter(token, consumer, [5; 16]).await, Err(Error::Rejected), "{token} {consumer}");
    }
    site.answers(|_| Answer::json(&json!({"id": 38895958})));
    let nameless = verifier.twitter("token;secret", "key;consumersecret", [6; 16]).await;
    assert_eq!(nameless, Err(Error::Unreachable(Reason::Document)));
}

#[tokio::test]
async fn a_user_pool_says_whether_a_token_still_counts() {
    let site = Site::start(None).await;
    let mut settings = settings(&site);
    let pool = "cognito-idp.us-east-1.amazonaws.com/us-east-1_pool";
    let endpoints = Endpoints {
        introspection: Some(Url::parse(&format!("http://{}/introspect", site.place)).unwrap()),
        introspection_authorization: Some(Secret::new("Basic YTpi")),
        ..Endpoints::default()
    };
    settings.endpoints.insert(pool.to_owned(), endpoints);
    let verifier = Verifier::new(settings, Set::new()).unwrap();
    site.answers(|_| Answer::json(&json!({"active": true})));
    assert_eq!(verifier.still_counts(pool, "a.b&c").await, Ok(()));
    let request = site.last_request();
    assert!(
        request.starts_with("POST /introspect HTTP/1.1") && request.contains("authorization: Basic YTpi"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\ntoken=a.b%26c&token_type_hint=id_token"), "{request}");
    // Asked every time: nothing about it is remembered.
    site.answers(|_| Answer::json(&json!({"active": false})));
    assert_eq!(verifier.still_counts(pool, "a.b&c").await, Err(Error::Rejected));
    for (answer, reason) in
        [("{}", Reason::Document), (r#"{"active":"true"}"#, Reason::Document), ("x", Reason::Document)]
    {
        site.answers(move |_| Answer::status("200 OK", answer));
        assert_eq!(verifier.still_counts(pool, "a.b").await, Err(Error::Unreachable(reason)), "{answer}");
    }
    site.answers(|_| Answer::status("401 Unauthorized", ""));
    assert_eq!(
        verifier.still_counts(pool, "a.b").await,
        Err(Error::Unreachable(Reason::Document)),
        "we are refused, not the token"
    );
    assert_eq!(verifier.still_counts("another", "a.b").await, Err(Error::Unreachable(Reason::NotConfigured)));
}

/// Python's `hmac.new(b"s/ecret", b"123|s/ecret", "sha256").hexdigest()`.
const PROOF: &str = "f9c46c3122757a8349792daaef5327f33ee36fa795aa5dfaa1c3eaaa90e2a458";
