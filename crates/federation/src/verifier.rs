//! The checks, in their order, and the memory of those that passed.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use vocab::{Clock, Secret, Timestamp};

use crate::cache::Issuers;
use crate::client::Client;
use crate::error::Error;
use crate::keys::{KeySet, Keys};
use crate::observer::Observer;
use crate::provider::{Provider, finish};
use crate::saml::Metadata;
use crate::settings::{Doubtful, Settings};
use crate::social::{self, AMAZON, FACEBOOK, TWITTER};
use crate::token::Jws;
use crate::verified::Verified;

/// Verifies what providers said. One for the process: it holds the keys and the memory.
pub struct Verifier {
    issuers: Issuers,
    remembered: Cache<[u8; 32], Remembered, ByBytes>,
    metadata: Cache<[u8; 16], Arc<Metadata>>,
    client: Arc<Client>,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// A verifier that asks providers as the settings say. Errs on settings that cannot be meant.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Doubtful> {
        Self::build(settings, clock, None)
    }

    /// The same, with somebody who hears of every call to a provider.
    pub fn observed(settings: Settings, clock: Arc<dyn Clock>, observer: Arc<dyn Observer>) -> Result<Self, Doubtful> {
        Self::build(settings, clock, Some(observer))
    }

    /// Verifies an OpenID Connect token of this provider: form, issuer, signature, `sub`, that an `aud` is there,
    /// `exp` to the second, `nbf` and `iat` with the allowed skew. Whether the audience is an accepted one is the
    /// caller's check. Errs with the first check that failed.
    pub async fn oidc(&self, provider: &Provider, token: &str) -> Result<Arc<Verified>, Error> {
        self.oidc_within(provider, token, Duration::ZERO).await
    }

    /// The same, where a token still counts for `leeway` after its expiry.
    pub async fn oidc_within(
        &self,
        provider: &Provider,
        token: &str,
        leeway: Duration,
    ) -> Result<Arc<Verified>, Error> {
        self.check_length(token, self.settings.max_token)?;
        if let Some(keys) = self.issuers.at_hand(provider) {
            let memory = memory(OIDC, &[provider.fingerprint()], keys.generation(), token);
            if let Some(verified) = self.recall(&memory, leeway) {
                return verified;
            }
        }
        let jws = Jws::parse(token, self.settings.max_token)?;
        check_issuer(&jws, provider.issuer().as_str(), |issuer| provider.is_named(issuer))?;
        jws.algorithm.clone()?;
        let keys = self.issuers.keys(provider).await?;
        let keys = match verify(&keys, &jws) {
            Ok(()) => keys,
            Err(Error::UnknownKey) => {
                let newer = self.issuers.newer(provider, &keys).await?.ok_or(Error::UnknownKey)?;
                verify(&newer, &jws)?;
                newer
            }
            Err(error) => return Err(error),
        };
        let memory = memory(OIDC, &[provider.fingerprint()], keys.generation(), token);
        self.accept(memory, provider.issuer().as_str(), jws, token.len(), leeway)
    }

    /// Verifies a token of our own issuer with the keys that the caller holds; nothing is fetched.
    /// The checks are those of [`Verifier::oidc`].
    pub fn local<K: Keys + ?Sized>(&self, keys: &K, issuer: &str, token: &str) -> Result<Arc<Verified>, Error> {
        self.check_length(token, self.settings.max_token)?;
        let keys = keys.keys();
        let memory = memory(LOCAL, &[issuer.as_bytes()], keys.generation(), token);
        if let Some(verified) = self.recall(&memory, Duration::ZERO) {
            return verified;
        }
        let jws = Jws::parse(token, self.settings.max_token)?;
        check_issuer(&jws, issuer, |seen| seen == issuer)?;
        verify(&keys, &jws)?;
        self.accept(memory, issuer, jws, token.len(), Duration::ZERO)
    }

    /// Verifies an access token of Login with Amazon by asking Amazon. The audiences are the client id and the
    /// application id.
    pub async fn amazon(&self, access_token: &str) -> Result<Arc<Verified>, Error> {
        self.check_length(access_token, MAX_OPAQUE)?;
        let now = self.clock.now();
        let memory = memory(OPAQUE, &[AMAZON.as_bytes()], 0, access_token);
        if let Some(verified) = self.recall(&memory, Duration::ZERO) {
            return verified;
        }
        let verified = social::amazon(&self.client, &self.settings, access_token, now).await?;
        self.accept_inspection(memory, verified, access_token.len())
    }

    /// Verifies an access token of Facebook by asking Facebook; the token must be one of this application.
    /// Without the application's secret the token itself is used to ask.
    pub async fn facebook(
        &self,
        access_token: &str,
        app_id: &str,
        app_secret: Option<&Secret>,
    ) -> Result<Arc<Verified>, Error> {
        self.check_length(access_token, MAX_OPAQUE)?;
        let now = self.clock.now();
        let secret = app_secret.map_or("", Secret::expose);
        let memory = memory(OPAQUE, &[FACEBOOK.as_bytes(), app_id.as_bytes(), secret.as_bytes()], 0, access_token);
        if let Some(verified) = self.recall(&memory, Duration::ZERO) {
            return verified;
        }
        let verified = social::facebook(&self.client, &self.settings, access_token, (app_id, app_secret), now).await?;
        self.accept_inspection(memory, verified, access_token.len())
    }

    /// Verifies a token of Twitter, `TOKEN;SECRET`, by asking Twitter with a call that is signed with it and with the
    /// application's `KEY;SECRET`. The audience is the application's key.
    pub async fn twitter(&self, token: &str, consumer: &str, nonce: [u8; 16]) -> Result<Arc<Verified>, Error> {
        self.check_length(token, MAX_OPAQUE)?;
        let now = self.clock.now();
        let memory = memory(OPAQUE, &[TWITTER.as_bytes(), consumer.as_bytes()], 0, token);
        if let Some(verified) = self.recall(&memory, Duration::ZERO) {
            return verified;
        }
        let verified = social::twitter(&self.client, &self.settings, (token, consumer), nonce, now).await?;
        self.accept_inspection(memory, verified, token.len())
    }

    /// Asks the provider whether a token, verified before, still counts. Errs with [`Error::Rejected`] where it does
    /// not, and with [`Error::Unreachable`] where nobody says so. Never remembered.
    pub async fn still_counts(&self, provider: &str, token: &str) -> Result<(), Error> {
        self.check_length(token, self.settings.max_token)?;
        let is_active = social::is_active(&self.client, &self.settings, provider, token).await?;
        if is_active { Ok(()) } else { Err(Error::Rejected) }
    }

    fn check_length(&self, token: &str, limit: usize) -> Result<(), Error> {
        if token.len() > limit { Err(Error::TooLong { limit }) } else { Ok(()) }
    }

    /// A token that was verified before, its times checked anew.
    fn recall(&self, memory: &[u8; 32], leeway: Duration) -> Option<Result<Arc<Verified>, Error>> {
        let found = self.remembered.get(memory)?;
        let now = self.clock.now();
        if found.until.is_some_and(|until| now >= until) {
            self.remembered.remove(memory);
            return None;
        }
        Some(self.check_times(&found.verified, now, leeway).map(|()| found.verified))
    }

    /// Reads the claims of a token whose signature holds, and remembers them where they hold too.
    fn accept(
        &self,
        memory: [u8; 32],
        issuer: &str,
        jws: Jws<'_>,
        length: usize,
        leeway: Duration,
    ) -> Result<Arc<Verified>, Error> {
        let verified = Arc::new(Verified::from_claims(issuer, jws.claims)?);
        self.check_times(&verified, self.clock.now(), leeway)?;
        self.remembered.insert(memory, Remembered { verified: Arc::clone(&verified), length, until: None });
        Ok(verified)
    }

    fn accept_inspection(&self, memory: [u8; 32], verified: Verified, length: usize) -> Result<Arc<Verified>, Error> {
        let now = self.clock.now();
        let verified = Arc::new(verified);
        self.check_times(&verified, now, Duration::ZERO)?;
        let until = Some(now + self.settings.remembered_inspection.min(MAX_INSPECTION));
        self.remembered.insert(memory, Remembered { verified: Arc::clone(&verified), length, until });
        Ok(verified)
    }

    fn check_times(&self, verified: &Verified, now: Timestamp, leeway: Duration) -> Result<(), Error> {
        if now >= verified.expires_at + leeway {
            return Err(Error::Expired { now: now.seconds(), at: verified.expires_at.seconds() });
        }
        for (claim, at) in [("nbf", verified.not_before()), ("iat", Some(verified.issued_at))] {
            if let Some(at) = at.filter(|at| *at > now + self.settings.skew) {
                return Err(Error::NotYetValid { claim, now: now.seconds(), at: at.seconds() });
            }
        }
        match self.settings.max_age {
            Some(limit) if now > verified.issued_at + limit => {
                Err(Error::TooOld { age: now.seconds().saturating_sub(verified.issued_at.seconds()) })
            }
            _ => Ok(()),
        }
    }
}

fn verify(keys: &KeySet, jws: &Jws<'_>) -> Result<(), Error> {
    keys.verify(jws.key.as_deref(), jws.algorithm.clone()?, jws.signed.as_bytes(), &jws.signature)
}

fn check_issuer(jws: &Jws<'_>, wanted: &str, is_named: impl Fn(&str) -> bool) -> Result<(), Error> {
    let seen = match jws.claims.get("iss") {
        None => return Err(Error::MissingClaim("iss")),
        Some(issuer) => issuer.as_str().ok_or(Error::MalformedClaim("iss"))?,
    };
    if is_named(seen) {
        return Ok(());
    }
    let seen = seen.char_indices().take_while(|(at, _)| *at < MAX_SHOWN).map(|(_, letter)| letter).collect();
    Err(Error::IssuerMismatch { wanted: wanted.to_owned(), seen })
}

/// Under what a token is remembered: a digest of who vouched for it, under which keys, and all of it.
fn memory(kind: u8, vouched: &[&[u8]], generation: u64, token: &str) -> [u8; 32] {
    let mut digest = Context::new(&SHA256);
    digest.update(&[kind]);
    digest.update(&generation.to_be_bytes());
    for part in vouched.iter().copied().chain([token.as_bytes()]) {
        digest.update(&part.len().to_be_bytes());
        digest.update(part);
    }
    finish(digest)
}

/// Signature and claims of one token. Nothing that can change is remembered.
#[derive(Clone)]
struct Remembered {
    verified: Arc<Verified>,
    length: usize,
    until: Option<Timestamp>,
}

/// Parsed claims take a few times the memory of their text.
#[derive(Clone)]
struct ByBytes;

impl Weighter<[u8; 32], Remembered> for ByBytes {
    fn weight(&self, _: &[u8; 32], remembered: &Remembered) -> u64 {
        1024 + 4 * remembered.length as u64
    }
}

impl Verifier {
    fn build(settings: Settings, clock: Arc<dyn Clock>, observer: Option<Arc<dyn Observer>>) -> Result<Self, Doubtful> {
        let settings = Arc::new(settings);
        let client = Arc::new(Client::new(&settings, Arc::clone(&clock), observer)?);
        let issuers = Issuers::new(Arc::clone(&client), Arc::clone(&settings), Arc::clone(&clock));
        let expected = usize::try_from(settings.remembered_bytes / EXPECTED_WEIGHT).unwrap_or(usize::MAX).max(1);
        let remembered = Cache::with_weighter(expected, settings.remembered_bytes, ByBytes);
        let metadata = Cache::new(settings.max_issuers);
        Ok(Self { issuers, remembered, metadata, client, settings, clock })
    }

    pub(crate) fn metadata(&self) -> &Cache<[u8; 16], Arc<Metadata>> {
        &self.metadata
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn skew(&self) -> Duration {
        self.settings.skew
    }
}

const OIDC: u8 = 1;
const LOCAL: u8 = 2;
const OPAQUE: u8 = 3;
const MAX_OPAQUE: usize = 4096;
const MAX_SHOWN: usize = 255;
const MAX_INSPECTION: Duration = Duration::from_secs(60);
const EXPECTED_WEIGHT: u64 = 5000;
