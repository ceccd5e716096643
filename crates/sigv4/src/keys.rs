//! Signing keys: derived from a secret for one day, region and service, and remembered.

use std::fmt;
use std::hash::{Hash, Hasher};

use hmac::{Hmac, KeyInit, Mac};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;
use sha2::Sha256;
use vocab::Secret;
use zeroize::Zeroizing;

use crate::sink::{Gathered, Sink};
use crate::{Scope, TERMINATOR};

/// A bounded cache of signing keys, safe to share between threads. Keys are found by the secret itself and the scope,
/// never by access key id: whoever holds another secret finds another key.
pub struct SigningKeys {
    known: Cache<Origin, SigningKey>,
}

impl SigningKeys {
    /// A cache of at most about `capacity` keys.
    pub fn new(capacity: usize) -> Self {
        Self { known: Cache::new(capacity.max(1)) }
    }

    pub(crate) fn key(&self, secret: &Secret, scope: Scope<'_>) -> SigningKey {
        if let Some(key) = self.known.get(&Sought { secret, scope }) {
            return key;
        }
        let key = SigningKey::derive(secret, scope);
        let [date, region, service] = [scope.date, scope.region, scope.service].map(Box::from);
        self.known.insert(Origin { secret: secret.clone(), date, region, service }, key.clone());
        key
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}

/// What a key was derived from. A digest of it would take longer than the rest of the look-up, and what it would hide
/// is in memory beside it: the key signs as well as the secret does.
#[derive(PartialEq, Eq)]
struct Origin {
    secret: Secret,
    date: Box<str>,
    region: Box<str>,
    service: Box<str>,
}

impl Origin {
    fn sought(&self) -> Sought<'_> {
        let scope = Scope { date: &self.date, region: &self.region, service: &self.service };
        Sought { secret: &self.secret, scope }
    }
}

impl Hash for Origin {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sought().hash(state);
    }
}

/// An origin that is looked up.
#[derive(PartialEq, Eq)]
struct Sought<'a> {
    secret: &'a Secret,
    scope: Scope<'a>,
}

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.secret.expose().hash(state);
        self.scope.hash(state);
    }
}

impl Equivalent<Origin> for Sought<'_> {
    fn equivalent(&self, origin: &Origin) -> bool {
        // The scope first: whether that differs is no secret, and the secret takes its constant time.
        let found = origin.sought();
        self.scope == found.scope && self.secret == found.secret
    }
}

/// The key that signs for one day, region and service: the state of its HMAC, so that no signature derives it again.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKey {
    pub(crate) fn derive(secret: &Secret, scope: Scope<'_>) -> Self {
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.expose().len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.expose().as_bytes());
        let mut key = Self(keyed(&first));
        for step in [scope.date, scope.region, scope.service, TERMINATOR] {
            let next = Zeroizing::new(key.sign(|text| text.put(step.as_bytes())));
            key = Self(keyed(&*next));
        }
        key
    }

    /// The signature of the text that `write` puts together.
    pub(crate) fn sign(&self, write: impl FnOnce(&mut Gathered<'_, Hmac<Sha256>>)) -> [u8; 32] {
        let mut mac = self.0.clone();
        let mut text = Gathered::new(&mut mac);
        write(&mut text);
        text.end();
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    Hmac::new_from_slice(key).expect("any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_gives_the_derived_key_and_tells_secrets_and_scopes_apart() {
        let keys = SigningKeys::new(8);
        let scope = |date, region, service| Scope { date, region, service };
        let sign = |key: SigningKey| key.sign(|text| text.put(b"text"));
        let of =
            |secret: &str, date, region, service| sign(keys.key(&Secret::new(secret), scope(date, region, service)));
        let first = of("secret", "20150830", "us-east-1", "iam");
        assert_eq!(first, of("secret", "20150830", "us-east-1", "iam"));
        assert_eq!(keys.known.len(), 1, "the second was found");
        let derived = SigningKey::derive(&Secret::new("secret"), scope("20150830", "us-east-1", "iam"));
        assert_eq!(first, sign(derived));
        for (secret, date, region, service) in [
            ("other", "20150830", "us-east-1", "iam"),
            ("secret", "20150831", "us-east-1", "iam"),
            ("secret", "20150830", "us-east-1i", "am"),
            ("secret", "20150830", "us-east-1", "sts"),
            ("secret2", "0150830", "us-east-1", "iam"),
        ] {
            assert_ne!(first, of(secret, date, region, service));
        }
    }

    #[test]
    fn keys_do_not_print() {
        let key =
            SigningKey::derive(&Secret::new("secret"), Scope { date: "20150830", region: "us-east-1", service: "iam" });
        assert_eq!(format!("{key:?} {:?}", SigningKeys::new(1)), "SigningKey(..) SigningKeys(..)");
    }
}
