//! How one server is reached.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::uri::{Authority, Scheme};
use sigv4::Style;
use vocab::Secret;

/// How one server is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What logs and metrics call it: a name from the configuration, never from a request.
    pub name: String,
    /// Where it is.
    pub endpoint: Endpoint,
    /// How requests to it are signed. `None`: they are not, or the caller signs them.
    pub signing: Option<Signing>,
    /// Who vouches for its certificate.
    pub roots: Roots,
    /// How much is asked of it, and how long it is waited for.
    pub limits: Limits,
}

impl Settings {
    /// A server that is asked unsigned, under the usual limits.
    pub fn new(name: impl Into<String>, endpoint: Endpoint) -> Self {
        let (roots, limits) = (Roots::default(), Limits::default());
        Self { name: name.into(), endpoint, signing: None, roots, limits }
    }
}

/// Signature Version 4 with the server's own credentials.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The credentials.
    pub credentials: Credentials,
    /// The region that the server believes to be in.
    pub region: String,
    /// The signing name of its service: `s3`, `dynamodb`, `lambda`.
    pub service: String,
    /// How that service treats paths and bodies.
    pub style: Style,
}

/// An access key of the server. The secret never prints.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// Who vouches for a server's certificate.
#[derive(Debug, Clone)]
pub struct Roots {
    /// The authorities that the system trusts.
    pub system: bool,
    /// Further authorities: bundles of certificates in PEM.
    pub extra: Vec<String>,
}

impl Default for Roots {
    fn default() -> Self {
        Self { system: true, extra: Vec::new() }
    }
}

/// How much is asked of a server, and how long it is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Calls under way at a time; a call ends with its answer's body.
    pub calls: usize,
    /// Bytes of answers that are read whole, all in all, until nobody has them any more.
    pub held: usize,
    /// How long a call waits for others to end before it is [`Busy`](crate::Error::Busy).
    pub queue: Duration,
    /// For a connection to come about, TLS included.
    pub connect: Duration,
    /// How long the server may neither take a piece of the request nor begin its answer. The time
    /// that the request's own body takes to come does not count.
    pub answer: Duration,
    /// How long the server may leave its answer's body waiting for the next piece.
    pub idle: Duration,
    /// How long an unused connection is kept. Less than the server keeps it.
    pub keep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            calls: 256,
            held: 256 << 20,
            queue: Duration::from_secs(5),
            connect: Duration::from_secs(3),
            answer: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            keep: Duration::from_secs(15),
        }
    }
}

/// The address of a server: `http://host:port` or `https://host:port`, with a path below which it is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// Empty, or a slash and more, without one at its end.
    pub(crate) base: String,
}

impl Endpoint {
    /// Whether the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.scheme == Scheme::HTTPS
    }

    /// Its host and port, as a `host` header has them.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// Its host, without a port.
    pub fn host(&self) -> &str {
        let host = self.authority.host();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.is_encrypted() { 443 } else { 80 })
    }
}

impl FromStr for Endpoint {
    type Err = Doubtful;

    fn from_str(text: &str) -> Result<Self, Doubtful> {
        let doubtful = || Doubtful::Endpoint(text.to_owned());
        let (scheme, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (Scheme::HTTPS, rest),
            (None, Some(rest)) => (Scheme::HTTP, rest),
            (None, None) => return Err(doubtful()),
        };
        let (authority, base) = rest.split_once('/').map_or((rest, ""), |(authority, base)| (authority, base));
        let authority: Authority = authority.to_ascii_lowercase().parse().map_err(|_| doubtful())?;
        // Credentials in an address would end up in logs.
        let has_user = authority.as_str().contains('@');
        let behind_host = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        let is_spelled_out = match behind_host.strip_prefix(':') {
            Some(port) => port.parse::<u16>().is_ok_and(|port| port > 0),
            None => behind_host.is_empty(),
        };
        if has_user || !is_spelled_out || authority.host().is_empty() {
            return Err(doubtful());
        }
        let base = base.trim_end_matches('/');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%".contains(&byte);
        let has_dots = base.split('/').any(|segment| matches!(segment, "." | ".."));
        if has_dots || !base.bytes().all(allowed) {
            return Err(doubtful());
        }
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        Ok(Self { scheme, authority, base })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A setting that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Doubtful {
    /// It is no address of a server.
    #[error("`{0}` is no address of a server")]
    Endpoint(String),
    /// The authority at this place of [`Roots::extra`] is no certificate in PEM.
    #[error("the authority at place {0} is no certificate in PEM")]
    Root(usize),
    /// Nobody would vouch for the server's certificate.
    #[error("there is no authority that could vouch for the server's certificate")]
    NoRoots,
    /// No call could ever be made.
    #[error("at least one call must be allowed at a time")]
    NoCalls,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_addresses_of_servers() {
        for (text, shown, host, port) in [
            ("http://127.0.0.1:7480", "http://127.0.0.1:7480", "127.0.0.1", 7480),
            ("https://S3.example.com/", "https://s3.example.com", "s3.example.com", 443),
            ("http://[::1]:80/a/b/", "http://[::1]:80/a/b", "::1", 80),
        ] {
            let endpoint: Endpoint = text.parse().unwrap();
            assert_eq!((endpoint.to_string().as_str(), endpoint.host(), endpoint.port()), (shown, host, port));
        }
        for bad in [
            "",
            "s3.example.com",
            "ftp://x",
            "http://",
            "http:///a",
            "http://u:p@x",
            "http://x:",
            "http://x:0",
            "http://x:99999",
            "http://x?y",
            "http://x/?y",
            "http://x/#y",
            "http://x/../y",
            "http://x y",
            "http://x/a b",
            "http://x/\r\n",
            "HTTP//x",
        ] {
            assert_eq!(bad.parse::<Endpoint>(), Err(Doubtful::Endpoint(bad.to_owned())), "{bad}");
        }
    }
}
