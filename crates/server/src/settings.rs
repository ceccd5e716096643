//! How a server is set up: addresses, hosts, limits. Every value is checked where it is parsed, by
//! `cli`; here they are typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

/// The settings of one server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The API's address.
    pub listen: SocketAddr,
    /// An address of its own for operators' pages: metrics. They are asked for by address, by
    /// a loopback name, or by one of `hosts`.
    pub admin_listen: Option<SocketAddr>,
    /// The host name on which operators' pages answer on the API port; that host serves nothing else.
    pub console_host: Option<String>,
    /// Where clients reach this server, without a trailing slash: the base of published documents.
    pub public_url: String,
    /// The hosts that reserved paths answer to, without port; loopback names always do.
    pub hosts: Vec<String>,
    /// Domains below which a label is a bucket: `BUCKET.DOMAIN`.
    pub bucket_domains: Vec<String>,
    /// Peers whose forwarded headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Certificate chain and private key, PEM files, re-read when they change.
    pub tls: Option<Tls>,
    /// What bounds requests and connections.
    pub bounds: Bounds,
    /// Where audit lines go.
    pub audit: AuditSettings,
    /// How stale the configuration may be before signed requests are refused.
    pub max_staleness: Duration,
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// Bounds of requests and connections.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time from one address (IPv6 network of 64 bits); trusted proxies are not counted.
    pub connections_per_address: usize,
    /// How long a client may take to send its headers.
    pub header_timeout: Duration,
    /// How long a client may take to send one more piece of its body; on the whole it must keep a pace too.
    pub body_timeout: Duration,
    /// The longest document of the JSON services; DynamoDB's batches need 16 MiB.
    pub document: usize,
    /// The longest form.
    pub form: usize,
    /// The bytes of all bodies that are held in memory at a time; streamed ones are not.
    pub bodies: usize,
    /// How long running requests may take to end at shut-down.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 1000,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            document: 16 * 1024 * 1024,
            form: 256 * 1024,
            bodies: 1024 * 1024 * 1024,
            drain: Duration::from_secs(10),
        }
    }
}

/// Where audit lines go, and what happens when they cannot be written.
#[derive(Debug, Clone)]
pub struct AuditSettings {
    /// The sink.
    pub sink: AuditSink,
    /// Whether requests are refused while the sink fails.
    pub refuses_when_failing: bool,
}

/// A sink of audit lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditSink {
    /// Nowhere: tests and benchmarks.
    Discard,
    /// Standard output.
    Stdout,
    /// A file, renamed to `FILE.1`, `FILE.2` … when it grows over `rotate_at` bytes; `kept` of them stay.
    File {
        /// The file.
        path: PathBuf,
        /// When it is rotated.
        rotate_at: u64,
        /// How many rotated files are kept.
        kept: usize,
    },
}

impl Settings {
    /// The settings of a server that listens here, with every default.
    pub fn listening_on(listen: SocketAddr) -> Self {
        Self {
            listen,
            admin_listen: None,
            console_host: None,
            public_url: format!("http://{listen}"),
            hosts: Vec::new(),
            bucket_domains: vec!["s3.localhost".into()],
            trusted_proxies: Vec::new(),
            tls: None,
            bounds: Bounds::default(),
            audit: AuditSettings { sink: AuditSink::Stdout, refuses_when_failing: false },
            max_staleness: Duration::from_secs(30),
        }
    }
}
