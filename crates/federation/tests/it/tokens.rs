//! What is accepted of a token, and what is not.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use federation::{Algorithm, Error, KeySet, PublicKey, Unverified};
use serde_json::json;

use crate::support::{NOW, Signer, World, encode};

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
async fn every_asymmetric_algorithm_is_verified() {
    let signers = [
        Signer::rsa("rsa", 0),
        Signer::rsa("rsa", 0).with_algorithm("RS384"),
        Signer::rsa("rsa", 0).with_algorithm("RS512"),
        Signer::ec("p256", "ES256"),
        Signer::ec("p384", "ES384"),
        Signer::ec("p521", "ES512"),
    ];
    let world = World::of(&[&signers[0], &signers[3], &signers[4], &signers[5]]).await;
    for signer in &signers {
        let token = signer.token(&world.claims(json!({})));
        assert!(world.verify(&token).await.is_ok(), "{}", signer.algorithm);
    }
}

#[tokio::test]
async fn a_token_without_key_id_needs_the_only_key() {
    let (rsa, ec, other) = (Signer::rsa("one", 0), Signer::ec("two", "ES256"), Signer::rsa("three", 1));
    let world = World::of(&[&rsa, &ec]).await;
    let token = rsa.sign(r#"{"alg":"RS256"}"#, &world.claims(json!({})).to_string());
    assert!(world.verify(&token).await.is_ok());
    let crowded = World::of(&[&rsa, &other]).await;
    let token = rsa.sign(r#"{"alg":"RS256"}"#, &crowded.claims(json!({})).to_string());
    assert_eq!(crowded.verify(&token).await, Err(Error::UnknownKey));
}

#[tokio::test]
async fn no_signature_is_no_token() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let claims = encode(world.claims(json!({})).to_string());
    for name in ["none", "None", "NONE", "", "HS256", "PS256", "EdDSA", "rs256"] {
        let header = encode(json!({"alg": name, "kid": "one"}).to_string());
        for signature in ["", "AAAA"] {
            let token = format!("{header}.{claims}.{signature}");
            assert_eq!(world.verify(&token).await, Err(Error::UnsupportedAlgorithm), "{name}");
        }
    }
    let token = format!("{}.{claims}.", encode(r#"{"alg":"RS256","kid":"one"}"#));
    assert_eq!(world.verify(&token).await, Err(Error::BadSignature));
    let token = format!("{}.{claims}.AAAA", encode(r#"{"kid":"one"}"#));
    assert_eq!(world.verify(&token).await, Err(Error::NotAJwt));
    let token = format!("{}.{claims}", encode(r#"{"alg":"none"}"#));
    assert_eq!(world.verify(&token).await, Err(Error::NotAJwt));
}

#[tokio::test]
async fn the_public_key_is_no_shared_secret() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let signed =
        format!("{}.{}", encode(r#"{"alg":"HS256","kid":"one"}"#), encode(world.claims(json!({})).to_string()));
    let document = signer.jwk().to_string();
    for secret in [signer.rsa_parts().0, document.into_bytes()] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        assert_eq!(world.verify(&format!("{signed}.{}", encode(tag))).await, Err(Error::UnsupportedAlgorithm));
    }
}

#[tokio::test]
async fn a_published_secret_verifies_nothing() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[]).await;
    let secret = json!({"kty": "oct", "kid": "shared", "alg": "HS256", "k": encode([7; 32])});
    world.publish_document(json!({"keys": [signer.jwk(), secret]}));
    for name in ["HS256", "RS256"] {
        let signed = format!(
            "{}.{}",
            encode(json!({"alg": name, "kid": "shared"}).to_string()),
            encode(world.claims(json!({})).to_string())
        );
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]), signed.as_bytes());
        assert_eq!(world.verify(&format!("{signed}.{}", encode(tag))).await, Err(Error::UnsupportedAlgorithm));
    }
}

#[tokio::test]
async fn the_key_decides_about_the_algorithm() {
    let (rsa, ec) = (Signer::rsa("rsa", 0), Signer::ec("ec", "ES256"));
    let world = World::of(&[]).await;
    let mut pinned = rsa.jwk();
    pinned["alg"] = json!("RS512");
    let mut for_encryption = rsa.jwk();
    for_encryption["kid"] = json!("enc");
    for_encryption["use"] = json!("enc");
    world.publish_document(json!({"keys": [pinned, ec.jwk(), for_encryption]}));
    let claims = world.claims(json!({})).to_string();
    let refused = [
        rsa.sign(r#"{"alg":"RS256","kid":"rsa"}"#, &claims),
        rsa.sign(r#"{"alg":"ES256","kid":"rsa"}"#, &claims),
        rsa.sign(r#"{"alg":"RS256","kid":"ec"}"#, &claims),
        ec.sign(r#"{"alg":"ES384","kid":"ec"}"#, &claims),
        rsa.sign(r#"{"alg":"RS256","kid":"enc"}"#, &claims),
        rsa.sign(r#"{"alg":"RS512","kid":"rsa","crit":["exp"]}"#, &claims),
    ];
    for token in refused {
        assert_eq!(world.verify(&token).await, Err(Error::UnsupportedAlgorithm));
    }
    let accepted = Signer::rsa("rsa", 0).with_algorithm("RS512").token(&world.claims(json!({})));
    assert!(world.verify(&accepted).await.is_ok());
}

#[tokio::test]
async fn weak_keys_verify_nothing() {
    let (good, bad) = (Signer::rsa("good", 0), Signer::rsa("weak", 1));
    let world = World::of(&[]).await;
    let (modulus, exponent) = bad.rsa_parts();
    let weak = |n: &[u8], e: &[u8]| json!({"kty": "RSA", "kid": "weak", "n": encode(n), "e": encode(e)});
    let token = bad.token(&world.claims(json!({})));
    world.publish_document(json!({"keys": [good.jwk(), weak(&modulus[1..], &exponent)]}));
    assert_eq!(world.verify(&token).await, Err(Error::WeakKey));
    for (n, e) in [(&modulus[..], &[1][..]), (&modulus[..128], &exponent[..]), (&[][..], &exponent[..])] {
        let world = World::of(&[]).await;
        world.publish_document(json!({"keys": [good.jwk(), weak(n, e)]}));
        let token = bad.token(&world.claims(json!({})));
        assert_eq!(world.verify(&token).await, Err(Error::WeakKey));
    }
}

#[tokio::test]
async fn a_modulus_may_have_a_zero_in_front() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[]).await;
    let (modulus, exponent) = signer.rsa_parts();
    let padded = [&[0][..], &modulus].concat();
    world.publish_document(json!({"keys": [{"kty": "RSA", "kid": "one", "n": encode(padded), "e": encode(exponent)}]}));
    assert!(world.verify(&signer.token(&world.claims(json!({})))).await.is_ok());
}

#[tokio::test]
async fn another_keys_signature_is_refused() {
    let (one, two) = (Signer::rsa("one", 0), Signer::rsa("two", 1));
    let world = World::of(&[&one, &two]).await;
    let token = one.sign(r#"{"alg":"RS256","kid":"two"}"#, &world.claims(json!({})).to_string());
    assert_eq!(world.verify(&token).await, Err(Error::BadSignature));
    let stranger = Signer::ec("one", "ES256");
    let with_key_inside = json!({"alg": "ES256", "kid": "three", "jwk": stranger.jwk(), "jku": "http://evil"});
    let token = stranger.sign(&with_key_inside.to_string(), &world.claims(json!({})).to_string());
    assert_eq!(world.verify(&token).await, Err(Error::UnknownKey));
}

#[tokio::test]
async fn an_altered_token_is_refused() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let token = signer.token(&world.claims(json!({})));
    assert!(world.verify(&token).await.is_ok());
    let parts: Vec<_> = token.split('.').collect();
    let others = encode(world.claims(json!({"sub": "player-2"})).to_string());
    assert_eq!(world.verify(&format!("{}.{others}.{}", parts[0], parts[2])).await, Err(Error::BadSignature));
    let header = encode(r#"{"alg":"RS256","kid":"one"}"#);
    assert_eq!(world.verify(&format!("{header}.{}.{}", parts[1], parts[2])).await, Err(Error::BadSignature));
    let short = encode([0; 255]);
    assert_eq!(world.verify(&format!("{}.{}.{short}", parts[0], parts[1])).await, Err(Error::BadSignature));
}

#[tokio::test]
async fn claims_given_twice_are_refused() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let claims = world.claims(json!({})).to_string();
    let twice = claims.replacen('{', r#"{"sub":"player-2","#, 1);
    let token = signer.sign(r#"{"alg":"RS256","kid":"one"}"#, &twice);
    assert_eq!(world.verify(&token).await, Err(Error::NotAJwt));
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
async fn a_token_from_the_future_is_refused_beyond_the_skew() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    for claim in ["nbf", "iat"] {
        let skewed = signer.token(&world.claims(json!({claim: NOW + 300})));
        assert!(world.verify(&skewed).await.is_ok());
        let ahead = signer.token(&world.claims(json!({claim: NOW + 301})));
        assert_eq!(world.verify(&ahead).await, Err(Error::NotYetValid { claim, now: NOW, at: NOW + 301 }));
    }
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
async fn malformed_claims_are_named_only_under_a_good_signature() {
    let signer = Signer::rsa("one", 0);
    let world = World::of(&[&signer]).await;
    let cases = [
        (json!({"exp": NOW as f64 + 60.5}), Error::MalformedClaim("exp")),
        (json!({"iat": NOW.to_string()}), Error::MalformedClaim("iat")),
        (json!({"nbf": 1.0}), Error::MalformedClaim("nbf")),
        (json!({"exp": null}), Error::MissingClaim("exp")),
        (json!({"aud": null}), Error::MissingClaim("aud")),
        (json!({"sub": null}), Error::MissingClaim("sub")),
        (json!({"sub": ""}), Error::MalformedClaim("sub")),
    ];
    for (changes, error) in cases {
        let token = signer.token(&world.claims(changes));
        assert_eq!(world.verify(&token).await, Err(error));
        let unsigned = format!("{}.AAAA", token.rsplit_once('.').unwrap().0);
        assert_eq!(world.verify(&unsigned).await, Err(Error::BadSignature));
    }
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
