//! Signing keys: derived from a secret for one day, region and service, and remembered.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use vocab::Secret;
use zeroize::Zeroizing;

use crate::TERMINATOR;

/// A bounded cache of signing keys, safe to share between threads. Keys are found by a digest of
/// the secret and its scope, never by access key id: whoever holds another secret finds another key.
pub struct SigningKeys {
    known: quick_cache::sync::Cache<[u8; 32], SigningKey>,
}

impl SigningKeys {
    /// A cache of at most about `capacity` keys.
    pub fn new(capacity: usize) -> Self {
        Self { known: quick_cache::sync::Cache::new(capacity.max(1)) }
    }

    pub(crate) fn key(&self, secret: &Secret, date: &str, region: &str, service: &str) -> SigningKey {
        let name = digest(secret, date, region, service);
        if let Some(key) = self.known.get(&name) {
            return key;
        }
        let key = SigningKey::derive(secret, date, region, service);
        self.known.insert(name, key.clone());
        key
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}

/// The key that signs for one day, region and service.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(crate) fn derive(secret: &Secret, date: &str, region: &str, service: &str) -> Self {
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.expose().len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.expose().as_bytes());
        let mut key = keyed(&first);
        for step in [date, region, service, TERMINATOR] {
            key = keyed(&mac(key, &[step.as_bytes()]));
        }
        Self(key)
    }

    /// The signature of the text that `parts` form together.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(self.0.clone(), parts)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Each text goes in with its length, so that no two scopes can be confused.
fn digest(secret: &Secret, date: &str, region: &str, service: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in [secret.expose(), date, region, service] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    Hmac::new_from_slice(key).expect("any length")
}

fn mac(mut key: Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().for_each(|part| key.update(part));
    key.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_gives_the_derived_key_and_tells_secrets_and_scopes_apart() {
        let keys = SigningKeys::new(8);
        let of = |secret: &str, date, region, service| {
            keys.key(&Secret::new(secret), date, region, service).sign(&[b"text"])
        };
        let first = of("secret", "20150830", "us-east-1", "iam");
        assert_eq!(first, of("secret", "20150830", "us-east-1", "iam"));
        assert_eq!(
            first,
            SigningKey::derive(&Secret::new("secret"), "20150830", "us-east-1", "iam").sign(&[b"te", b"xt"])
        );
        for (secret, date, region, service) in [
            ("other", "20150830", "us-east-1", "iam"),
            ("secret", "20150831", "us-east-1", "iam"),
            ("secret", "20150830", "us-east-1i", "am"),
            ("secret", "20150830", "us-east-1", "sts"),
        ] {
            assert_ne!(first, of(secret, date, region, service));
        }
    }

    #[test]
    fn keys_do_not_print() {
        let key = SigningKey::derive(&Secret::new("secret"), "20150830", "us-east-1", "iam");
        assert_eq!(format!("{key:?} {:?}", SigningKeys::new(1)), "SigningKey(..) SigningKeys(..)");
    }
}
