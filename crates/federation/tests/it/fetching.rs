//! Whom we ask, and what we take for an answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use federation::{
    Doubtful, Endpoints, Error, Fetch, Issuer, Observer, Provider, Reason, Settings, Url, Verifier, What,
};
use serde_json::{Value, json};
use vocab::Clock;

use crate::support::{Answer, Set, Signer, Site, World, claims, publish, settings};

#[tokio::test]
async fn plain_http_needs_an_allowed_host() {
    let signer = Signer::rsa("one", 0);
    let world = World::with(&[&signer], |settings| settings.allowed_hosts.clear()).await;
    let outcome = world.verify(&signer.token(&world.claims(json!({})))).await;
    assert_eq!(outcome, Err(Error::CannotFetchKeys(Reason::Url)));
    assert_eq!(world.site.connections(), 0);
}

#[tokio::test]
async fn a_private_address_needs_an_allowed_host() {
    let signer = Signer::rsa("one", 0);
    let world = World::with(&[&signer], |settings| settings.allowed_hosts.clear()).await;
    let port = world.site.place.rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "169.254.169.254"] {
        let issuer = format!("https://{host}:{port}");
        let provider = Provider::new(Issuer::parse(&issuer).unwrap(), Vec::new(), 1);
        let token = signer.token(&claims(&issuer, json!({})));
        let outcome = world.verifier.oidc(&provider, &token).await;
        assert_eq!(outcome, Err(Error::CannotFetchKeys(Reason::Address)), "{host}");
    }
    assert_eq!(world.site.connections(), 0);
}

#[tokio::test]
async fn an_allowed_host_does_not_allow_what_is_never_asked() {
    let place = "169.254.169.254:80".to_owned();
    let world = World::with(&[], |settings| settings.allowed_hosts.push(place.clone())).await;
    let issuer = format!("http://{place}");
    let provider = Provider::new(Issuer::parse(&issuer).unwrap(), Vec::new(), 1);
    let token = Signer::rsa("one", 0).token(&claims(&issuer, json!({})));
    assert_eq!(world.verifier.oidc(&provider, &token).await, Err(Error::CannotFetchKeys(Reason::Address)));
}

#[tokio::test]
async fn the_keys_address_is_held_to_the_same_rules() {
    let inside = Site::start(None).await;
    let cases = [
        (format!("http://{}/keys", inside.place), Reason::Url),
        (format!("https://{}/keys", inside.place), Reason::Address),
        ("https://169.254.169.254/latest".to_owned(), Reason::Address),
        ("file:///etc/passwd".to_owned(), Reason::Url),
        ("https://user@example.com/".to_owned(), Reason::Url),
    ];
    for (keys, reason) in cases {
        let outcome = discovered(move |issuer| json!({"issuer": issuer, "jwks_uri": keys})).await;
        assert_eq!(outcome, Err(Error::CannotFetchKeys(reason)));
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn the_discovery_document_must_name_the_issuer() {
    for (document, reason) in [
        (json!({"issuer": "https://evil.example.com", "jwks_uri": "https://a.b/keys"}), Reason::Issuer),
        (json!({"jwks_uri": "https://a.b/keys"}), Reason::Issuer),
        (json!([]), Reason::Document),
    ] {
        let outcome = discovered(move |_| document.clone()).await;
        assert_eq!(outcome, Err(Error::CannotFetchKeys(reason)));
    }
    let slash = discovered(|issuer| json!({"issuer": format!("{issuer}/"), "jwks_uri": "https://a.b/keys"})).await;
    assert_eq!(slash, Err(Error::CannotFetchKeys(Reason::Issuer)));
    let no_keys = discovered(|issuer| json!({"issuer": issuer})).await;
    assert_eq!(no_keys, Err(Error::CannotFetchKeys(Reason::Document)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inside = Site::start(None).await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let line = format!("{status}\r\nLocation: http://{}/", inside.place);
        let outcome = answered(move |_| Answer::status(&line, "")).await;
        assert_eq!(outcome, Err(Error::CannotFetchKeys(Reason::Redirect)));
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn what_is_not_the_document_is_refused() {
    let too_many: Vec<_> = (0..101).map(|at| json!({"kty": "RSA", "kid": at.to_string()})).collect();
    let cases = [
        (Answer::status("200 OK", "<html>"), Error::CannotFetchKeys(Reason::Document)),
        (Answer::status("200 OK", ""), Error::CannotFetchKeys(Reason::Document)),
        (Answer::json(&json!({"keys": {}})), Error::CannotFetchKeys(Reason::Document)),
        (Answer::json(&json!({"keys": []})), Error::CannotFetchKeys(Reason::Document)),
        (Answer::json(&json!({"keys": [1, null, "x", {"kty": "RSA"}]})), Error::CannotFetchKeys(Reason::Document)),
        (Answer::json(&json!({"keys": too_many})), Error::CannotFetchKeys(Reason::TooLarge)),
        (Answer::status("200 OK", r#"{"keys":[],"keys":[]}"#), Error::CannotFetchKeys(Reason::Document)),
        (Answer::status("200 OK", &" ".repeat(1024 * 1024 + 1)), Error::CannotFetchKeys(Reason::TooLarge)),
        (Answer::status("404 Not Found", "{}"), Error::CannotFetchKeys(Reason::Status(404))),
        (Answer::status("204 No Content", ""), Error::CannotFetchKeys(Reason::Status(204))),
        (Answer::status("500 Internal Server Error", "{}"), Error::Unreachable(Reason::Status(500))),
        (Answer::Close, Error::Unreachable(Reason::Connection)),
        (Answer::Raw(b"SSH-2.0-OpenSSH\r\n\r\n".to_vec()), Error::Unreachable(Reason::Connection)),
        (
            Answer::Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{}".to_vec()),
            Error::Unreachable(Reason::Connection),
        ),
        (Answer::Raw(endless_headers()), Error::Unreachable(Reason::Connection)),
        (Answer::Raw(endless_chunks()), Error::CannotFetchKeys(Reason::TooLarge)),
    ];
    for (answer, wanted) in cases {
        let answer = Mutex::new(Some(answer));
        let outcome = answered(move |_| answer.lock().unwrap().take().unwrap_or(Answer::Close)).await;
        assert_eq!(outcome, Err(wanted));
    }
}

#[tokio::test]
async fn what_an_answer_says_about_itself_does_not_count() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let (issuer, keys) = (world.issuer.clone(), json!({"keys": [signer.jwk()]}).to_string());
    world.site.answers(move |path| match path {
        "/keys" => Answer::Raw(format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{keys}").into_bytes()),
        path => publish(path, &issuer, &Value::Null),
    });
    assert!(world.verify(&signer.token(&world.claims(json!({})))).await.is_ok());
}

#[tokio::test]
async fn an_endpoint_can_stand_in() {
    let signer = Signer::rsa("one", 0);
    let site = Site::start(None).await;
    let keys = json!({"keys": [signer.jwk()]});
    site.answers(move |path| publish(path, "https://accounts.google.com", &keys));
    let mut settings = settings(&site);
    let stand_in =
        Endpoints { keys: Some(Url::parse(&format!("http://{}/keys", site.place)).unwrap()), ..Endpoints::default() };
    settings.endpoints.insert("accounts.google.com".to_owned(), stand_in);
    let verifier = Verifier::new(settings, Set::new()).unwrap();
    for spelling in ["accounts.google.com", "https://accounts.google.com"] {
        let token = signer.token(&claims(spelling, json!({})));
        let verified = verifier.oidc(&Provider::google(), &token).await.unwrap();
        assert_eq!((verified.provider(), &verified.claims["iss"]), ("accounts.google.com", &json!(spelling)));
    }
    assert_eq!(site.asked(), ["/keys"]);
}

#[tokio::test]
async fn an_issuer_may_have_a_path() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[]).await;
    let issuer = format!("{}/tenant/1/", world.issuer);
    let (named, keys, uri) = (issuer.clone(), json!({"keys": [signer.jwk()]}), format!("{}/keys?v=1", world.issuer));
    world.site.answers(move |path| match path {
        "/tenant/1/.well-known/openid-configuration" => Answer::json(&json!({"issuer": named, "jwks_uri": uri})),
        "/keys?v=1" => Answer::json(&keys),
        _ => Answer::status("404 Not Found", ""),
    });
    let provider = Provider::new(Issuer::parse(&issuer).unwrap(), Vec::new(), 1);
    assert!(world.verifier.oidc(&provider, &signer.token(&claims(&issuer, json!({})))).await.is_ok());
}

#[tokio::test]
async fn an_observer_hears_of_every_call() {
    #[derive(Default)]
    struct Heard(Mutex<Vec<(String, What, Option<Reason>)>>);
    impl Observer for Heard {
        fn fetched(&self, fetch: &Fetch<'_>) {
            self.0.lock().unwrap().push((fetch.provider.to_owned(), fetch.what, fetch.failure.cloned()));
        }
    }
    let signer = Signer::rsa("one", 0);
    let site = Site::start(None).await;
    let issuer = format!("http://{}", site.place);
    let named = issuer.clone();
    site.answers(move |path| if path == "/keys" { Answer::Hang } else { publish(path, &named, &Value::Null) });
    let heard = Arc::new(Heard::default());
    let settings = Settings { timeout: Duration::from_millis(200), ..settings(&site) };
    let verifier = Verifier::observed(settings, Set::new(), Arc::clone(&heard) as Arc<dyn Observer>).unwrap();
    let provider = Provider::new(Issuer::parse(&issuer).unwrap(), Vec::new(), 1);
    let outcome = verifier.oidc(&provider, &signer.token(&claims(&issuer, json!({})))).await;
    assert_eq!(outcome, Err(Error::Unreachable(Reason::Timeout)));
    let calls = heard.0.lock().unwrap().clone();
    let place = site.place.clone();
    assert_eq!(calls, [(place.clone(), What::Discovery, None), (place, What::Keys, Some(Reason::Timeout))]);
}

#[test]
fn doubtful_settings_are_named() {
    let of = |settings| Verifier::new(settings, Set::new() as Arc<dyn Clock>).err();
    let host = Settings { allowed_hosts: vec!["localhost".to_owned()], ..Settings::default() };
    assert_eq!(of(host), Some(Doubtful::AllowedHost("localhost".to_owned())));
    let root = Settings { extra_roots: vec!["not PEM".to_owned()], ..Settings::default() };
    assert_eq!(of(root), Some(Doubtful::ExtraRoot(0)));
}

/// The outcome of a good token whose issuer has this discovery document.
async fn discovered(document: impl Fn(&str) -> Value + Send + 'static) -> Result<(), Error> {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let issuer = world.issuer.clone();
    world.site.answers(move |_| Answer::json(&document(&issuer)));
    world.verify(&signer.token(&world.claims(json!({})))).await.map(|_| ())
}

/// The outcome of a good token whose issuer answers so for its keys.
async fn answered(script: impl Fn(&str) -> Answer + Send + 'static) -> Result<(), Error> {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let issuer = world.issuer.clone();
    world.site.answers(move |path| if path == "/keys" { script(path) } else { publish(path, &issuer, &Value::Null) });
    world.verify(&signer.token(&world.claims(json!({})))).await.map(|_| ())
}

fn endless_headers() -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
    for at in 0..100_000 {
        answer.extend_from_slice(format!("X-{at}: {}\r\n", "x".repeat(100)).as_bytes());
    }
    answer
}

fn endless_chunks() -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..300 {
        answer.extend_from_slice(b"2000\r\n");
        answer.extend_from_slice(&[b' '; 0x2000]);
        answer.extend_from_slice(b"\r\n");
    }
    answer
}
