//! Our own issuer: the keys that sign the tokens of GetOpenIdToken, and the documents that publish
//! them (`spec/cognito-identity.md`, section 8).

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA512};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use quick_cache::sync::Cache;
use serde_json::json;
use store::records::keys::{IssuerKey, Sealed};
use store::{Configuration, Outcome, Record, Stored};
use tokio::sync::Semaphore;
use vocab::{Clock, Region, Secret};

use crate::keyring::MasterKey;

/// The issuer's name: trust policies and condition keys are named after it.
pub const ISSUER: &str = "https://cognito-identity.amazonaws.com";

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key cannot be read, or does not sign.
    #[error("issuer key cannot be used: {0}")]
    Key(&'static str),
    /// A stored key cannot be opened.
    #[error(transparent)]
    Sealed(#[from] crate::keyring::Error),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Signs tokens with the newest key that every node knows.
pub struct Issuer {
    configuration: Arc<Configuration>,
    master: Arc<MasterKey>,
    clock: Arc<dyn Clock>,
    region: Region,
    pairs: Cache<u32, Arc<KeyPair>>,
    /// A signature costs 250 µs of processor time: they do not crowd out everything else.
    signing: Semaphore,
}

impl Issuer {
    /// The issuer of a store; makes its first key where there is none.
    pub async fn open_in(
        configuration: Arc<Configuration>,
        master: Arc<MasterKey>,
        clock: Arc<dyn Clock>,
        region: Region,
    ) -> Result<Self, Error> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let pairs = Cache::new(8);
        let issuer = Self { configuration, master, clock, region, pairs, signing: Semaphore::new(cores) };
        if issuer.keys()?.is_empty() {
            issuer.publish(1).await?;
        }
        Ok(issuer)
    }

    /// The published keys, oldest first: tokens of each are accepted.
    pub fn keys(&self) -> Result<Vec<Stored<IssuerKey>>, Error> {
        Ok(self.configuration.held("")?)
    }

    /// A signed token over `claims`: RS512, `typ` `JWS`.
    pub async fn sign(&self, claims: &serde_json::Value) -> Result<String, Error> {
        let (kid, pair) = self.current()?;
        let header = json!({ "kid": kid, "typ": "JWS", "alg": "RS512" });
        let part = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&header), part(claims));
        let _turn = self.signing.acquire().await.map_err(|_| Error::Key("signing has stopped"))?;
        let signed = tokio::task::spawn_blocking(move || {
            let mut signature = vec![0; pair.public_modulus_len()];
            let done = pair.sign(&RSA_PKCS1_SHA512, &SystemRandom::new(), message.as_bytes(), &mut signature);
            done.map(|()| format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature)))
        });
        signed.await.map_err(|_| Error::Key("signing was interrupted"))?.map_err(|_| Error::Key("signing failed"))
    }

    /// The key set document.
    pub fn jwks(&self) -> Result<serde_json::Value, Error> {
        let keys = self.keys()?;
        let key = |key: &Stored<IssuerKey>| {
            let IssuerKey { kid, modulus, exponent, .. } = &*key.record;
            json!({ "kty": "RSA", "alg": "RS512", "use": "sig", "kid": kid, "n": modulus, "e": exponent })
        };
        Ok(json!({ "keys": keys.iter().map(key).collect::<Vec<_>>() }))
    }

    /// The discovery document; `base` is where this server is reached.
    pub fn discovery(&self, base: &str) -> serde_json::Value {
        json!({
            "issuer": ISSUER,
            "jwks_uri": format!("{base}/.well-known/jwks_uri"),
            "authorization_endpoint": format!("{base}/"),
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS512"],
        })
    }

    /// Publishes a new key when the newest is older than `period`, and forgets keys whose last token
    /// has expired.
    pub async fn maintain(&self, period: Duration) -> Result<(), Error> {
        let now = self.clock.now();
        let keys = self.keys()?;
        if let Some(newest) = keys.last().filter(|newest| newest.published + period <= now) {
            self.publish(newest.number + 1).await?;
        }
        for pair in keys.windows(2) {
            let [old, next] = pair else { continue };
            if next.published + USED_AFTER + KEPT_FOR <= now {
                let mut batch = self.configuration.batch();
                batch.delete(old);
                self.configuration.commit(batch).await?;
            }
        }
        Ok(())
    }

    fn current(&self) -> Result<(String, Arc<KeyPair>), Error> {
        let usable_since = self.clock.now() - USED_AFTER;
        let keys = self.keys()?;
        let newest_usable = keys.iter().rev().find(|key| key.published <= usable_since);
        let key = newest_usable.or(keys.first()).ok_or(Error::Key("there is none"))?;
        if let Some(pair) = self.pairs.get(&key.number) {
            return Ok((key.kid.clone(), pair));
        }
        let private = self.master.open(&row_of(key), &key.private)?;
        let der = BASE64_STANDARD.decode(private.expose()).map_err(|_| Error::Key("it is not base64"))?;
        let pair = KeyPair::from_pkcs8(&der).map_err(|_| Error::Key("it is not an RSA key"))?;
        let pair = Arc::new(pair);
        self.pairs.insert(key.number, pair.clone());
        Ok((key.kid.clone(), pair))
    }

    async fn publish(&self, number: u32) -> Result<(), Error> {
        let made = tokio::task::spawn_blocking(|| KeyPair::generate(KeySize::Rsa2048)).await;
        let pair = made.ok().and_then(Result::ok).ok_or(Error::Key("none can be made"))?;
        let der = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).map_err(|_| Error::Key("it has no encoding"))?;
        let public = pair.public_key();
        let mut key = IssuerKey {
            number,
            kid: format!("{}{number}", self.region),
            private: Sealed(String::new()),
            modulus: BASE64_URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            exponent: BASE64_URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            published: self.clock.now(),
        };
        key.private = self.master.seal(&row_of(&key), &Secret::new(BASE64_STANDARD.encode(der.as_ref())))?;
        let mut batch = self.configuration.batch();
        batch.insert(&key)?;
        // A conflict means that another node published it first.
        let (Outcome::Committed | Outcome::Conflict(_)) = self.configuration.commit(batch).await?;
        Ok(())
    }
}

fn row_of(key: &IssuerKey) -> String {
    format!("{}/{}", IssuerKey::KIND, key.id())
}

/// A key signs when every node, and whoever caches the key set, has had time to read it.
const USED_AFTER: Duration = Duration::from_secs(60);
/// The longest token lives a day; a little more for clocks that differ.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600 + 900);
