//! The configuration: one typed tree, read whole at start. An unknown key or a doubtful value stops
//! the start, and the message names the key and shows what would be right.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use operation::limits::Rates;
use operation::quotas::Quotas;
use serde::Deserialize;
use server::settings::{AuditSettings, AuditSink, Bounds, Tls};
use vocab::{AccountId, Region};

use crate::arguments::Overrides;
use crate::objects::S3Section;
use crate::tables::DynamoSection;
use crate::telling::SyncSection;

/// Which of the two kinds of server: their stores never mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `daypass dev`.
    Development,
    /// `daypass serve`.
    Production,
}

/// Everything that can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The API's address.
    pub listen: Option<SocketAddr>,
    /// The data folder: embedded store and objects.
    pub data: Option<PathBuf>,
    /// A PostgreSQL URL.
    pub store: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The accounts that are served; the first is the default.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// Where clients reach the server.
    pub public_url: Option<String>,
    /// Host names that reserved paths answer to.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Domains below which a label is a bucket.
    pub bucket_domains: Option<Vec<String>>,
    /// The host name of operators' pages.
    pub console_host: Option<String>,
    /// An address of its own for operators' pages.
    pub admin_listen: Option<SocketAddr>,
    /// Peers whose forwarded headers count.
    #[serde(default)]
    pub trusted_proxies: Vec<String>,
    /// A file with the master key: 32 bytes in base64.
    pub master_key_file: Option<PathBuf>,
    /// TLS.
    pub tls: Option<TlsSection>,
    /// Bounds.
    #[serde(default)]
    pub limits: LimitsSection,
    /// The audit sink.
    #[serde(default)]
    pub audit: AuditSection,
    /// Identity providers and how they are reached.
    #[serde(default)]
    pub federation: FederationSection,
    /// Where tables are kept.
    #[serde(default)]
    pub dynamodb: DynamoSection,
    /// Where objects are kept.
    #[serde(default)]
    pub s3: S3Section,
    /// Cognito Sync: where changes are told.
    #[serde(default)]
    pub sync: SyncSection,
    /// Files with service control policies: what callers of all accounts may do at most.
    pub service_control_policy: Option<Levels>,
    /// Files with resource control policies: what may be done to resources of all accounts at most.
    pub resource_control_policy: Option<Levels>,
}

/// The files of an organisation's policies: one, or a list for every level.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Levels {
    /// One file.
    File(PathBuf),
    /// A list of files for every level, the root of the organisation first.
    Each(Vec<Vec<PathBuf>>),
    /// Anything else; a list of files does not say whether they are of one level.
    Unclear(serde::de::IgnoredAny),
}

/// `[tls]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// `[limits]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsSection {
    /// Connections at a time.
    pub connections: Option<usize>,
    /// Connections at a time from one address; 0 lifts the limit.
    pub connections_per_address: Option<usize>,
    /// Calls a second from one address whose signature is not accepted; 0 lifts the limit.
    pub failures_per_address: Option<u32>,
    /// Unsigned calls a second from one address; 0 lifts the limit.
    pub unsigned_per_address: Option<u32>,
    /// Unsigned calls a second in one pool; 0 lifts the limit.
    pub unsigned_per_pool: Option<u32>,
    /// New guests a second from one address; 0 lifts the limit.
    pub guests_per_address: Option<u32>,
    /// New guests a second in one pool; 0 lifts the limit.
    pub guests_per_pool: Option<u32>,
    /// `generous` (default) or `aws`: what accounts may have, and how often they may call.
    pub quotas: Option<String>,
    /// Seconds that running requests get at shut-down.
    pub drain_seconds: Option<u64>,
}

/// `[audit]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSection {
    /// A file; without it audit lines go to standard output.
    pub file: Option<PathBuf>,
    /// The size at which the file is rotated.
    pub rotate_megabytes: Option<u64>,
    /// How many rotated files are kept.
    pub kept: Option<usize>,
    /// `continue` (default) or `refuse`: what happens to requests while the sink fails.
    pub when_failing: Option<String>,
}

/// `[federation]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FederationSection {
    /// Files with further trust roots for issuers, PEM.
    #[serde(default)]
    pub extra_roots: Vec<PathBuf>,
    /// `host` or `host:port` of issuers that may be reached without TLS or on private addresses.
    #[serde(default)]
    pub allowed_hosts: Vec<String>,
    /// Other endpoints for providers, by name (`www.amazon.com` …).
    #[serde(default)]
    pub endpoints: BTreeMap<String, EndpointsSection>,
    /// App secrets of Facebook apps, by app id: files.
    #[serde(default)]
    pub facebook_secrets: BTreeMap<String, PathBuf>,
    /// How far the beginning of a token or assertion may lie ahead.
    pub clock_skew_seconds: Option<u64>,
    /// SAML.
    #[serde(default)]
    pub saml: SamlSection,
}

/// `[federation.saml]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamlSection {
    /// The recipients that are accepted.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// The audiences that are accepted.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// How old an assertion may be in AssumeRoleWithSAML; 0 lifts the limit.
    pub redeem_within_seconds: Option<u64>,
    /// AssumeRoleWithSAML takes each assertion once.
    #[serde(default)]
    pub one_time: bool,
}

/// Where one provider is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum EndpointsSection {
    /// What the paths of token inspection are appended to.
    Inspection(String),
    /// Each address by its purpose.
    Each(EachEndpoint),
}

/// The addresses of one provider by purpose.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EachEndpoint {
    /// The discovery document.
    pub discovery: Option<String>,
    /// The key set.
    pub keys: Option<String>,
    /// What the paths of token inspection are appended to.
    pub inspection: Option<String>,
    /// Where it is asked whether a token still counts (RFC 7662).
    pub introspection: Option<String>,
    /// A file with the `Authorization` header of that question.
    pub introspection_authorization: Option<PathBuf>,
}

/// A setting that stops the start.
#[derive(Debug, thiserror::Error)]
#[error("`{key}`: {wrong}; for example `{example}`")]
pub struct Wrong {
    /// The key.
    pub key: &'static str,
    /// What is wrong with it.
    pub wrong: String,
    /// What would be right.
    pub example: &'static str,
}

/// Why the configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("`--config`: {path}: {error}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not a configuration; the message names line and key.
    #[error("`--config`: {path}: {error}", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// A value is wrong.
    #[error(transparent)]
    Wrong(#[from] Wrong),
}

impl Settings {
    /// The file, if one is named, under what the command line and the environment say.
    pub fn read(overrides: &Overrides) -> Result<Self, Error> {
        let mut settings = match &overrides.config {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| Error::File { path: path.clone(), error })?;
                toml::from_str(&text).map_err(|error| Error::Form { path: path.clone(), error: Box::new(error) })?
            }
        };
        settings.listen = overrides.listen.or(settings.listen);
        settings.data = overrides.data.clone().or(settings.data);
        settings.store = overrides.store.clone().or(settings.store);
        settings.region = overrides.region.clone().or(settings.region);
        if let Some(account) = &overrides.account_id {
            settings.accounts = vec![account.clone()];
        }
        Ok(settings)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| "./daypass-data".into())
    }

    /// Whether this process keeps objects itself.
    pub fn keeps_objects(&self) -> bool {
        self.s3.embedded.unwrap_or(true)
    }

    /// Whether this process keeps tables itself.
    pub fn keeps_tables(&self) -> bool {
        self.dynamodb.embedded.unwrap_or(true)
    }

    /// The region.
    pub fn region(&self) -> Result<Region, Wrong> {
        let text = self.region.as_deref().unwrap_or("us-east-1");
        text.parse().map_err(|_| wrong("region", format!("`{text}` is no region"), "us-east-1"))
    }

    /// The accounts.
    pub fn accounts(&self) -> Result<Vec<AccountId>, Wrong> {
        if self.accounts.is_empty() {
            return Ok(vec![AccountId::ZERO]);
        }
        let account = |text: &String| {
            text.parse().map_err(|_| wrong("accounts", format!("`{text}` is not twelve digits"), "123456789012"))
        };
        self.accounts.iter().map(account).collect()
    }

    /// How strangers are limited; `defaults` where nothing is said.
    pub fn rates(&self, defaults: Rates) -> Rates {
        let rate = |set: Option<u32>, default: Option<NonZeroU32>| set.map_or(default, NonZeroU32::new);
        Rates {
            unsigned_per_address: rate(self.limits.unsigned_per_address, defaults.unsigned_per_address),
            failures_per_address: rate(self.limits.failures_per_address, defaults.failures_per_address),
            unsigned_per_pool: rate(self.limits.unsigned_per_pool, defaults.unsigned_per_pool),
            guests_per_address: rate(self.limits.guests_per_address, defaults.guests_per_address),
            guests_per_pool: rate(self.limits.guests_per_pool, defaults.guests_per_pool),
        }
    }

    /// What accounts may have and do.
    pub fn quotas(&self) -> Result<Quotas, Wrong> {
        match self.limits.quotas.as_deref() {
            None | Some("generous") => Ok(Quotas::generous()),
            Some("aws") => Ok(Quotas::of_aws()),
            Some(other) => Err(wrong("limits.quotas", format!("`{other}` is none of the known ones"), "aws")),
        }
    }

    /// The settings of the listener.
    pub fn server(&self) -> Result<server::Settings, Wrong> {
        let listen = self.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 4566)));
        let mut settings = server::Settings::listening_on(listen);
        if let Some(tls) = &self.tls {
            settings.tls = Some(Tls { certificate: tls.certificate.clone(), key: tls.key.clone() });
            settings.public_url = format!("https://{listen}");
        }
        if let Some(url) = &self.public_url {
            let url = url.trim_end_matches('/');
            if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(['?', '#', ' ']) {
                return Err(wrong(
                    "public_url",
                    format!("`{url}` is no URL of a server"),
                    "https://daypass.example.com",
                ));
            }
            settings.public_url = url.to_owned();
        }
        settings.hosts = self.hosts.iter().map(|host| host_name("hosts", host)).collect::<Result<_, _>>()?;
        settings.hosts.extend(host_of(&settings.public_url));
        if let Some(domains) = &self.bucket_domains {
            settings.bucket_domains =
                domains.iter().map(|host| host_name("bucket_domains", host)).collect::<Result<_, _>>()?;
        }
        settings.console_host = self.console_host.as_ref().map(|host| host_name("console_host", host)).transpose()?;
        settings.admin_listen = self.admin_listen;
        settings.trusted_proxies = self.trusted_proxies.iter().map(|text| proxy(text)).collect::<Result<_, _>>()?;
        settings.bounds = self.bounds();
        settings.audit = self.audit()?;
        Ok(settings)
    }

    fn bounds(&self) -> Bounds {
        let defaults = Bounds::default();
        Bounds {
            connections: self.limits.connections.unwrap_or(defaults.connections),
            connections_per_address: match self.limits.connections_per_address {
                Some(0) => usize::MAX,
                Some(most) => most,
                None => defaults.connections_per_address,
            },
            drain: self.limits.drain_seconds.map_or(defaults.drain, Duration::from_secs),
            ..defaults
        }
    }

    fn audit(&self) -> Result<AuditSettings, Wrong> {
        let refuses_when_failing = match self.audit.when_failing.as_deref() {
            None | Some("continue") => false,
            Some("refuse") => true,
            Some(other) => {
                return Err(wrong(
                    "audit.when_failing",
                    format!("`{other}` is neither `refuse` nor `continue`"),
                    "refuse",
                ));
            }
        };
        let sink = match &self.audit.file {
            None => AuditSink::Stdout,
            Some(path) => AuditSink::File {
                path: path.clone(),
                rotate_at: self.audit.rotate_megabytes.unwrap_or(100).saturating_mul(1 << 20),
                kept: self.audit.kept.unwrap_or(10),
            },
        };
        Ok(AuditSettings { sink, refuses_when_failing })
    }
}

/// A setting that stops the start.
pub fn wrong(key: &'static str, wrong: impl Into<String>, example: &'static str) -> Wrong {
    Wrong { key, wrong: wrong.into(), example }
}

fn proxy(text: &str) -> Result<IpNet, Wrong> {
    let single = text.parse::<std::net::IpAddr>().map(IpNet::from);
    let range = text.parse::<IpNet>().or(single);
    range.map_err(|_| wrong("trusted_proxies", format!("`{text}` is no address or range"), "10.0.0.0/8"))
}

fn host_name(key: &'static str, text: &str) -> Result<String, Wrong> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if !text.is_empty() && text.bytes().all(allowed) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(wrong(key, format!("`{text}` is no host name (without scheme and port)"), "daypass.example.com"))
}

/// The host of a URL, without port.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let name = authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()));
    Some(name.map_or(authority, |(name, _)| name).to_ascii_lowercase())
}
