//! What an operator can say about asking providers. The defaults are the strict ones.

use std::collections::HashMap;
use std::time::Duration;

use vocab::Secret;

use crate::url::Url;

/// How providers are asked and how long their answers count.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether the authorities that the system trusts are trusted.
    pub system_roots: bool,
    /// Certificates of further authorities, each text a PEM bundle.
    pub extra_roots: Vec<String>,
    /// `host:port` places that may be asked without TLS and may have private or loopback addresses.
    /// Link-local, metadata and multicast addresses stay refused.
    pub allowed_hosts: Vec<String>,
    /// Where a provider is asked instead of at its own addresses, by its name: `accounts.google.com`,
    /// `login.example.com/tenant1`, `www.amazon.com`.
    pub endpoints: HashMap<String, Endpoints>,
    /// The most time that one question to a provider takes, all its steps together.
    pub timeout: Duration,
    /// The most bytes of one answer.
    pub max_answer: usize,
    /// The most keys of one issuer.
    pub max_keys: usize,
    /// The most bytes of a token.
    pub max_token: usize,
    /// The most issuers whose keys are kept.
    pub max_issuers: usize,
    /// The most questions about tokens under way at once to one provider.
    pub max_inspections: usize,
    /// After how long keys are read again, in the background and on their next use.
    pub refresh: Duration,
    /// How often at most an unknown key id makes an issuer's keys be read again.
    pub reread: Duration,
    /// How long an issuer of which nothing is known is left alone after a failure.
    pub retry: Duration,
    /// How long keys count while their issuer cannot be asked.
    pub stale: Duration,
    /// How far ahead `iat` and `nbf` may lie. An expiry is not stretched by it.
    pub skew: Duration,
    /// How long ago a token may have been issued; without it, its expiry alone decides.
    pub max_age: Option<Duration>,
    /// The most bytes of memory, roughly, for tokens that were verified before.
    pub remembered_bytes: u64,
    /// How long the answer about an opaque token counts; more than 60 seconds count as 60.
    pub remembered_inspection: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            system_roots: true,
            extra_roots: Vec::new(),
            allowed_hosts: Vec::new(),
            endpoints: HashMap::new(),
            timeout: Duration::from_secs(5),
            max_answer: 1024 * 1024,
            max_keys: 100,
            max_token: 20_000,
            max_issuers: 1000,
            max_inspections: 64,
            refresh: Duration::from_secs(5 * 60),
            reread: Duration::from_secs(10),
            retry: Duration::from_secs(1),
            stale: Duration::from_secs(24 * 60 * 60),
            skew: Duration::from_secs(5 * 60),
            max_age: None,
            remembered_bytes: 32 * 1024 * 1024,
            remembered_inspection: Duration::from_secs(60),
        }
    }
}

/// Addresses that stand in for a provider's own. All rules for addresses hold for them too.
#[derive(Debug, Clone, Default)]
pub struct Endpoints {
    /// The discovery document. Its `issuer` must still be the registered one.
    pub discovery: Option<Url>,
    /// The key set; with it, no discovery takes place.
    pub keys: Option<Url>,
    /// What the paths of Amazon's, Facebook's or Twitter's token inspection are appended to.
    pub inspection: Option<Url>,
    /// Where it is asked whether a token still counts (RFC 7662): a user pool's own answer to sign-out and deletion.
    pub introspection: Option<Url>,
    /// The `Authorization` header of that question.
    pub introspection_authorization: Option<Secret>,
}

/// A setting that cannot be what was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubtful {
    /// One of `extra_roots` holds no certificate, or one that cannot be an authority's.
    #[error("`extra_roots` entry {0} holds no usable PEM certificate")]
    ExtraRoot(usize),
    /// One of `allowed_hosts` is not spelled `host:port`.
    #[error("`allowed_hosts` has `{0}`, which is not of the form `localhost:4566`")]
    AllowedHost(String),
    /// TLS itself could not be set up.
    #[error("TLS cannot be set up")]
    Tls,
}
