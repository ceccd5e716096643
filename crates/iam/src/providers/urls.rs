//! The URLs of providers. They are kept as given; what is compared later must be exactly this.

use store::records::providers::without_scheme;

use crate::Error;

/// The issuer of this server: its tokens are verified without a provider, and nobody may stand in.
const OURS: &str = "cognito-identity.amazonaws.com";

/// Holds a URL against the rules: `https`, or `http` at a place that the configuration allows; a
/// host, perhaps a port and a path, and nothing else.
pub fn check(url: &str, plain_http_hosts: &[String]) -> Result<(), Error> {
    let invalid = || Error::Validation("Invalid Open ID Connect Provider URL".into());
    let is_plain = url.starts_with("http://");
    if !is_plain && !url.starts_with("https://") {
        return Err(invalid());
    }
    let rest = without_scheme(url);
    let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).ok_or_else(invalid)?;
    let (host, port) = split_port(authority, if is_plain { 80 } else { 443 }).ok_or_else(invalid)?;
    if !is_host(host) || !path.chars().all(is_of_paths) || has_dot_segments(path) {
        return Err(invalid());
    }
    let host = host.to_ascii_lowercase();
    if host.trim_end_matches('.') == OURS {
        return Err(Error::InvalidInput(format!("{OURS} cannot be registered as a provider.")));
    }
    let allowed = |place: &String| place.eq_ignore_ascii_case(&format!("{host}:{port}"));
    if is_plain && !plain_http_hosts.iter().any(allowed) {
        return Err(invalid());
    }
    Ok(())
}

fn split_port(authority: &str, usual: u16) -> Option<(&str, u16)> {
    match authority.split_once(':') {
        None => Some((authority, usual)),
        Some((host, port)) => {
            let plain = port.bytes().all(|byte| byte.is_ascii_digit()) && !port.starts_with('0');
            Some((host, port.parse().ok().filter(|_| plain)?))
        }
    }
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.split('.').all(label)
}

/// Without escapes, queries, wildcards and variables: the path becomes part of ARNs and of condition keys.
fn is_of_paths(c: char) -> bool {
    c.is_ascii_alphanumeric() || "/-._~+@=,".contains(c)
}

fn has_dot_segments(path: &str) -> bool {
    path.split('/').any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> bool {
        super::check(url, &["localhost:4566".to_owned()]).is_ok()
    }

    #[test]
    fn issuers_as_they_come() {
        for good in [
            "https://login.example.com",
            "https://login.example.com/",
            "https://login.example.com:8443/tenant_1/v2.0",
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Abc",
            "http://localhost:4566/_daypass/dev",
            "https://localhost",
        ] {
            assert!(check(good), "{good}");
        }
    }

    #[test]
    fn anything_else_is_no_issuer() {
        for bad in [
            "",
            "login.example.com",
            "ftp://login.example.com",
            "HTTPS://login.example.com",
            "https://",
            "https:///path",
            "https://user@login.example.com",
            "https://login.example.com?x=1",
            "https://login.example.com/#x",
            "https://login.example.com/a b",
            "https://login.example.com/%2e",
            "https://login.example.com/a/../b",
            "https://login.example.com/*",
            "https://login.example.com/${aws:username}",
            "https://login.example.com:",
            "https://login.example.com:0",
            "https://login.example.com:99999",
            "https://login..example.com",
            "https://é.example.com",
            "http://localhost",
            "http://localhost:4567",
            "http://login.example.com",
        ] {
            assert!(!check(bad), "{bad}");
        }
    }

    #[test]
    fn nobody_stands_in_for_this_server() {
        for bad in [
            "https://cognito-identity.amazonaws.com",
            "https://cognito-identity.amazonaws.com/",
            "https://Cognito-Identity.AMAZONAWS.com",
            "https://cognito-identity.amazonaws.com.",
            "https://cognito-identity.amazonaws.com:443/x",
            "http://cognito-identity.amazonaws.com",
        ] {
            assert!(!check(bad), "{bad}");
        }
        assert!(super::check("http://cognito-identity.amazonaws.com", &[format!("{OURS}:80")]).is_err());
    }
}
