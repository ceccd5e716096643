//! The few URLs that providers have: scheme, host, port, path and query, kept as they were written.

use std::fmt;

use vocab::Invalid;

/// An absolute `https` or `http` URL without user, password or fragment. It is kept as written and
/// never normalised: what was compared is what is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    text: String,
    encrypted: bool,
    host: String,
    port: u16,
    /// Where path and query start in `text`.
    target: usize,
}

impl Url {
    /// Reads a URL. Errs on other schemes, user names, fragments, characters that a URL cannot have,
    /// and more than 2,048 bytes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::read(text).ok_or(Invalid { what: "URL" })
    }

    /// The URL as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the scheme is `https`.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// The host in lower case; an IPv6 address without its brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port, or the scheme's own.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as the setting of allowed hosts spells them: `localhost:4566`, `[::1]:4566`.
    pub(crate) fn place(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The host as the `Host` header wants it, with its port as written.
    pub(crate) fn authority(&self) -> &str {
        let start = if self.encrypted { "https://".len() } else { "http://".len() };
        self.text.get(start..self.target).unwrap_or_default()
    }

    /// Path and query as a request line wants them.
    pub(crate) fn target(&self) -> String {
        match self.text.get(self.target..) {
            None | Some("") => "/".to_owned(),
            Some(query) if query.starts_with('?') => format!("/{query}"),
            Some(target) => target.to_owned(),
        }
    }

    /// Whether there is a query.
    pub(crate) fn has_query(&self) -> bool {
        self.text.contains('?')
    }

    /// This URL with `tail` behind it. Errs where the whole is no URL.
    pub(crate) fn join(&self, tail: &str) -> Result<Self, Invalid> {
        Self::parse(&format!("{}{tail}", self.text.trim_end_matches('/')))
    }

    fn read(text: &str) -> Option<Self> {
        if text.len() > MAX_LENGTH || !text.bytes().all(is_url_byte) {
            return None;
        }
        let (encrypted, rest) = match text.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let authority = rest.split(['/', '?']).next()?;
        let (host, port) = split_authority(authority, if encrypted { 443 } else { 80 })?;
        let target = text.len() - rest.len() + authority.len();
        Some(Self { text: text.to_owned(), encrypted, host, port, target })
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A query can hold a token.
        f.write_str(self.text.split('?').next().unwrap_or_default())
    }
}

/// Percent-encodes one value of a query.
pub(crate) fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Unreserved, percent, and the delimiters; so neither blank, control, quote, backslash nor `#`.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@/?[]".contains(&byte)
}

fn split_authority(authority: &str, default_port: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => {
            let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
            if !is_host_name(host) {
                return None;
            }
            (host, port)
        }
    };
    let port = match port {
        None => default_port,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port != 0)?
        }
        Some(_) => return None,
    };
    Some((host.to_ascii_lowercase(), port))
}

fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

const MAX_LENGTH: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_url() {
        let url = Url::parse("https://Login.example.com:8443/tenant/1?v=2").unwrap();
        assert_eq!((url.host(), url.port(), url.is_encrypted()), ("login.example.com", 8443, true));
        assert_eq!((url.authority(), url.target().as_str()), ("Login.example.com:8443", "/tenant/1?v=2"));
        assert_eq!(url.place(), "login.example.com:8443");
        let bare = Url::parse("http://[::1]").unwrap();
        assert_eq!((bare.host(), bare.port(), bare.target().as_str()), ("::1", 80, "/"));
        assert_eq!(bare.place(), "[::1]:80");
        assert_eq!(Url::parse("https://a.b?x").unwrap().target(), "/?x");
    }

    #[test]
    fn what_is_no_url() {
        for bad in [
            "",
            "a.b",
            "ftp://a.b",
            "HTTPS://a.b",
            "https://",
            "https:///path",
            "https://user@a.b",
            "https://a.b#x",
            "https://a b",
            "https://a.b\\c",
            "https://a..b",
            "https://a.b.",
            "https://a.b:0",
            "https://a.b:65536",
            "https://a.b:+1",
            "https://a.b:",
            "https://[::1",
            "https://[1.2.3.4]",
            "https://a.b/\r\nx",
            "https://é.b",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
        assert!(Url::parse(&format!("https://a.b/{}", "x".repeat(2048))).is_err());
    }

    #[test]
    fn a_query_value_is_encoded() {
        assert_eq!(encode("Atza|a&b=c é"), "Atza%7Ca%26b%3Dc%20%C3%A9");
    }

    #[test]
    fn a_query_does_not_print() {
        assert_eq!(format!("{:?}", Url::parse("https://a.b/c?token=secret").unwrap()), "https://a.b/c");
    }
}
