//! No input stops the program.

use std::sync::Arc;

use federation::{Issuer, KeySet, Unverified, Url, Verifier};
use proptest::prelude::*;
use vocab::Clock;

use crate::support::{Set, encode};

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Unverified::parse(&text);
        let _ = Url::parse(&text);
        let _ = Issuer::parse(&text);
        let _ = Url::parse(&format!("https://{text}"));
        let _ = KeySet::parse(text.as_bytes(), 10);
    }

    #[test]
    fn any_parts_of_a_token_are_read_or_refused(
        algorithm in "(none|HS256|RS256|ES256)",
        members in r#"("(kid|typ|crit|iss|exp)":("x"|1|\[\]|null),){0,3}"#,
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let header = encode(format!(r#"{{{members}"alg":"{algorithm}"}}"#));
        let claims = encode(format!(r#"{{{members}"iss":"x"}}"#));
        let token = format!("{header}.{claims}.{}", encode(signature));
        let _ = Unverified::parse(&token);
        let clock: Arc<dyn Clock> = Set::new();
        let settings = federation::Settings { system_roots: false, ..Default::default() };
        let verifier = Verifier::new(settings, clock).unwrap();
        prop_assert!(verifier.local(&Arc::new(KeySet::new(Vec::new())), "x", &token).is_err());
    }

    #[test]
    fn any_key_is_read_or_refused(
        kind in "(RSA|EC|oct)",
        curve in "(P-256|P-384|P-521|secp256k1)",
        one in proptest::collection::vec(any::<u8>(), 0..600),
        two in proptest::collection::vec(any::<u8>(), 0..70),
    ) {
        let (one, two) = (encode(one), encode(two));
        let key = serde_json::json!({"kty": kind, "crv": curve, "n": one, "e": two, "x": two, "y": one});
        let _ = KeySet::parse(serde_json::json!({"keys": [key]}).to_string().as_bytes(), 10);
    }
}
