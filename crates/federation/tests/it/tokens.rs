//! What is said of a token, and when it is said anew. What is hostile in a single token stands in `jwt.rs`.

use std::sync::Arc;
use std::time::Duration;

use federation::{Algorithm, Error, KeySet, PublicKey, Unverified};
use serde_json::json;

use crate::support::{NOW, Signer, World};

#[tokio::test]
async fn a_good_token_is_verified() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({"aud": ["app", "other"], "azp": "app", "role": "player"})));
    assert_eq!(Unverified::parse(&token).unwrap().issuer(), world.issuer);
    let verified = world.verify(&token).await.unwrap();
    assert_eq!(verified.subject, "player-1");
    assert_eq!(verified.issuer, world.issuer);
    assert_eq!(verified.provider(), world.site.place);
    assert_eq!(verified.audience_among(&["app"]), Ok("app"));
    assert_eq!(verified.audience_among(&["other"]), Err(Error::WrongAudience));
    assert_eq!((verified.issued_at.seconds(), verified.expires_at.seconds()), (NOW - 10, NOW + 3600));
    assert_eq!(verified.claims["role"], "player");
}

#[tokio::test]
async fn a_token_of_another_issuer_asks_nobody() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    for seen in ["https://evil.example.com", &format!("{}/", world.issuer), &world.site.place] {
        let token = signer.token(&world.claims(json!({"iss": seen})));
        let wanted = world.issuer.clone();
        assert_eq!(world.verify(&token).await, Err(Error::IssuerMismatch { wanted, seen: seen.to_owned() }));
    }
    assert_eq!(world.verify(&signer.token(&world.claims(json!({"iss": null})))).await, Err(Error::MissingClaim("iss")));
    assert_eq!(world.verify("opaque").await, Err(Error::NotAJwt));
    let long = "x".repeat(20_001);
    assert_eq!(world.verify(&long).await, Err(Error::TooLong { limit: 20_000 }));
    assert_eq!(world.site.connections(), 0);
}

#[tokio::test]
async fn times_are_checked_on_every_use() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({"exp": NOW + 60, "nbf": NOW})));
    world.clock.set(NOW + 59);
    assert!(world.verify(&token).await.is_ok());
    world.clock.set(NOW + 60);
    let expired = Err(Error::Expired { now: NOW + 60, at: NOW + 60 });
    assert_eq!(world.verify(&token).await, expired);
    assert_eq!(world.verify(&token).await, expired);
    let within = |leeway| world.verifier.oidc_within(&world.provider, &token, Duration::from_secs(leeway));
    assert!(within(300).await.is_ok());
    world.clock.set(NOW + 360);
    assert_eq!(within(300).await, Err(Error::Expired { now: NOW + 360, at: NOW + 60 }));
    // The clock set back: the same token is not valid yet.
    world.clock.set(NOW - 311);
    let early = world.verify(&token).await;
    assert_eq!(early, Err(Error::NotYetValid { claim: "nbf", now: NOW - 311, at: NOW }));
}

#[tokio::test]
async fn an_old_token_is_refused_where_an_age_is_set() {
    let signer = Signer::rsa("one", 0);
    let world = World::with(&[&signer], |settings| settings.max_age = Some(Duration::from_secs(3600))).await;
    let token = signer.token(&world.claims(json!({"iat": NOW - 3601})));
    assert_eq!(world.verify(&token).await, Err(Error::TooOld { age: 3601 }));
    assert!(world.verify(&signer.token(&world.claims(json!({"iat": NOW - 3600})))).await.is_ok());
}

#[tokio::test]
async fn a_token_of_ours_is_verified_with_the_keys_at_hand() {
    let signer = Signer::rsa("ours", 0).with_algorithm("RS512");
    let world = World::of(&[]).await;
    let (modulus, exponent) = signer.rsa_parts();
    let keys = Arc::new(KeySet::new(vec![PublicKey::rsa("ours", &modulus, &exponent, Algorithm::Rs512).unwrap()]));
    let issuer = "https://cognito-identity.amazonaws.com";
    let token = signer.token(&crate::support::claims(issuer, json!({"aud": "us-east-1:pool"})));
    for _ in 0..2 {
        let verified = world.verifier.local(&keys, issuer, &token).unwrap();
        assert_eq!(verified.audience(), "us-east-1:pool");
    }
    let elsewhere = world.verifier.local(&keys, "https://cognito-identity.cn-north-1.amazonaws.com.cn", &token);
    assert!(matches!(elsewhere, Err(Error::IssuerMismatch { .. })));
    let weaker = signer.sign(r#"{"alg":"RS256","kid":"ours"}"#, &crate::support::claims(issuer, json!({})).to_string());
    assert_eq!(world.verifier.local(&keys, issuer, &weaker), Err(Error::UnsupportedAlgorithm));
    // After a rotation nothing remembered counts.
    let rotated = Arc::new(KeySet::new(Vec::new()));
    assert_eq!(world.verifier.local(&rotated, issuer, &token), Err(Error::UnknownKey));
    world.clock.set(NOW + 3600);
    assert!(matches!(world.verifier.local(&keys, issuer, &token), Err(Error::Expired { .. })));
    assert!(PublicKey::rsa("weak", &modulus[1..], &exponent, Algorithm::Rs512).is_err());
    assert!(PublicKey::rsa("other", &modulus, &exponent, Algorithm::Es256).is_err());
}
