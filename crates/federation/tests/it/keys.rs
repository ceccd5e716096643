//! How an issuer's keys are kept: rotation, storms, outages.

use std::sync::Arc;
use std::time::Duration;

use federation::{Error, Issuer, Provider, Reason};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{Answer, Signer, World};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn a_rotated_key_is_found_at_once() {
    let (old, new) = (Signer::rsa("old", 0), Signer::rsa("new", 1));
    let world = World::of(&[&old]).await;
    let first = old.token(&world.claims(json!({})));
    assert!(world.verify(&first).await.is_ok());
    world.publish(&[&new]);
    world.clock.advance(10 * SECOND);
    assert!(world.verify(&new.token(&world.claims(json!({})))).await.is_ok());
    // The old key is withdrawn: what was verified under it is not remembered.
    assert_eq!(world.verify(&first).await, Err(Error::UnknownKey));
    assert_eq!(world.site.times_asked("/keys"), 2);
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let outcomes = storm(&world, |at| signer.token(&world.claims(json!({"sub": format!("player-{at}")})))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(world.site.asked(), ["/.well-known/openid-configuration", "/keys"]);
}

#[tokio::test]
async fn a_storm_of_unknown_key_ids_asks_once_in_ten_seconds() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    assert!(world.verify(&signer.token(&world.claims(json!({})))).await.is_ok());
    for round in 1..=3 {
        let outcomes =
            storm(&world, |at| Signer::rsa(&format!("{round}-{at}"), 0).token(&world.claims(json!({})))).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Err(Error::UnknownKey)));
        assert_eq!(
            world.site.times_asked("/keys"),
            round,
            "the first round falls in the ten seconds of the first fetch"
        );
        world.clock.advance(10 * SECOND);
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_end_the_fetch() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({})));
    for _ in 0..20 {
        let (verifier, provider, token) = (Arc::clone(&world.verifier), world.provider.clone(), token.clone());
        let caller = tokio::spawn(async move { verifier.oidc(&provider, &token).await.map(|_| ()) });
        tokio::task::yield_now().await;
        caller.abort();
    }
    assert!(world.verify(&token).await.is_ok());
    assert_eq!(world.site.times_asked("/keys"), 1);
}

#[tokio::test]
async fn keys_outlive_an_outage_for_a_day() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let day = 24 * HOUR;
    let claims = |world: &World| world.claims(json!({"exp": crate::support::NOW + 200_000}));
    assert!(world.verify(&signer.token(&claims(&world))).await.is_ok());
    world.site.answers(|_| Answer::Close);
    for hours in 1..24 {
        world.clock.set(crate::support::NOW + hours * 3600);
        assert!(world.verify(&signer.token(&claims(&world))).await.is_ok(), "after {hours} hours");
    }
    let unknown = Signer::rsa("unknown", 0).token(&claims(&world));
    assert_eq!(world.verify(&unknown).await, Err(Error::Unreachable(Reason::Connection)));
    world.clock.set(crate::support::NOW);
    world.clock.advance(day);
    let outcome = world.verify(&signer.token(&claims(&world))).await;
    assert_eq!(outcome, Err(Error::Unreachable(Reason::Connection)));
    world.publish(&[&signer]);
    world.clock.advance(SECOND);
    assert!(world.verify(&signer.token(&claims(&world))).await.is_ok());
}

#[tokio::test]
async fn a_key_withdrawn_during_a_silence_is_not_accepted() {
    let (old, new) = (Signer::rsa("old", 0), Signer::rsa("new", 1));
    let world = World::of(&[&old]).await;
    let token = old.token(&world.claims(json!({})));
    assert!(world.verify(&token).await.is_ok());
    world.publish(&[&new]);
    world.clock.advance(10 * MINUTE);
    assert_eq!(world.verify(&token).await, Err(Error::UnknownKey));
}

#[tokio::test]
async fn keys_are_read_again_in_the_background() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({})));
    assert!(world.verify(&token).await.is_ok());
    // Somebody who never answers keeps nobody waiting.
    world.site.answers(|_| Answer::Hang);
    world.clock.advance(5 * MINUTE);
    for _ in 0..10 {
        assert!(world.verify(&token).await.is_ok());
    }
    while world.site.connections() < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.site.connections(), 3);
}

#[tokio::test]
async fn an_issuer_that_never_answered_is_asked_again_after_a_second() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    world.site.answers(|_| Answer::status("503 Service Unavailable", ""));
    let token = signer.token(&world.claims(json!({})));
    for _ in 0..5 {
        assert_eq!(world.verify(&token).await, Err(Error::Unreachable(Reason::Status(503))));
    }
    assert_eq!(world.site.connections(), 1);
    world.publish(&[&signer]);
    world.clock.advance(SECOND);
    assert!(world.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_changed_provider_starts_anew() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({})));
    assert!(world.verify(&token).await.is_ok());
    world.publish(&[]);
    let changed = Provider::new(Issuer::parse(&world.issuer).unwrap(), Vec::new(), 2);
    let outcome = world.verifier.oidc(&changed, &token).await;
    assert_eq!(outcome, Err(Error::CannotFetchKeys(Reason::Document)));
}

async fn storm(world: &World, token: impl Fn(usize) -> String) -> Vec<Result<(), Error>> {
    let mut callers = JoinSet::new();
    for at in 0..50 {
        let (verifier, provider, token) = (Arc::clone(&world.verifier), world.provider.clone(), token(at));
        callers.spawn(async move { verifier.oidc(&provider, &token).await.map(|_| ()) });
    }
    callers.join_all().await
}
