//! Whom we ask. What we take for an answer stands in `jwks.rs`.

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
