//! A registered provider: whom we ask, and what we trust it by.

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use vocab::Invalid;

use crate::url::Url;

/// The URL that names an OpenID Connect issuer, exactly as it was registered: scheme, case, port,
/// path and trailing slash all count.
#[derive(Clone, PartialEq, Eq)]
pub struct Issuer(Url);

impl Issuer {
    /// Reads an issuer's URL. Errs on anything that is no URL, on a query, and on more than 255 bytes.
    /// Whether plain `http` is acceptable is for [`Settings`](crate::Settings) to say.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match Url::parse(text) {
            Ok(url) if text.len() <= MAX_LENGTH && !url.has_query() => Ok(Self(url)),
            _ => Err(Invalid { what: "issuer URL" }),
        }
    }

    /// The URL as it was registered.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The provider's name: the URL without its scheme, as login keys, ARNs and condition keys spell it.
    pub fn name(&self) -> &str {
        without_scheme(self.as_str())
    }

    /// Whether the scheme is `https`.
    pub fn is_encrypted(&self) -> bool {
        self.0.is_encrypted()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An OpenID Connect provider that somebody registered. Tokens of two providers that differ in
/// anything here share neither keys nor memory.
#[derive(Debug, Clone)]
pub struct Provider {
    issuer: Issuer,
    aliases: Vec<String>,
    thumbprints: Vec<[u8; 20]>,
    fingerprint: [u8; 32],
}

impl Provider {
    /// A provider with the SHA-1 digests of certificates that may stand in for a trusted authority.
    /// `revision` is that of the stored record: a changed record starts with nothing remembered.
    pub fn new(issuer: Issuer, thumbprints: Vec<[u8; 20]>, revision: u64) -> Self {
        Self::build(issuer, Vec::new(), thumbprints, revision)
    }

    /// The built-in Google: its tokens spell the issuer with and without the scheme.
    pub fn google() -> Self {
        Self::built_in("https://accounts.google.com", vec!["accounts.google.com".to_owned()])
    }

    /// The built-in Facebook as an OpenID Connect issuer: Limited Login, whose tokens stand under the key of the other.
    pub fn facebook() -> Self {
        Self::built_in("https://www.facebook.com", Vec::new())
    }

    /// The issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Whether a token with this `iss` claim is one of this provider's. The comparison is exact.
    pub fn is_named(&self, issuer: &str) -> bool {
        self.issuer.as_str() == issuer || self.aliases.iter().any(|alias| alias == issuer)
    }

    pub(crate) fn thumbprints(&self) -> &[[u8; 20]] {
        &self.thumbprints
    }

    /// A digest of everything that makes this provider this one.
    pub(crate) fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    #[expect(clippy::expect_used, reason = "the callers' texts are constants and issuers' URLs")]
    fn built_in(url: &'static str, aliases: Vec<String>) -> Self {
        Self::build(Issuer::parse(url).expect("an issuer"), aliases, Vec::new(), 0)
    }

    fn build(issuer: Issuer, aliases: Vec<String>, thumbprints: Vec<[u8; 20]>, revision: u64) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(&revision.to_be_bytes());
        digest.update(&thumbprints.len().to_be_bytes());
        digest.update(thumbprints.as_flattened());
        for name in std::iter::once(issuer.as_str()).chain(aliases.iter().map(String::as_str)) {
            digest.update(&name.len().to_be_bytes());
            digest.update(name.as_bytes());
        }
        let fingerprint = finish(digest);
        Self { issuer, aliases, thumbprints, fingerprint }
    }
}

/// A URL without its scheme; a text without one as it is.
pub(crate) fn without_scheme(url: &str) -> &str {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url)
}

/// The 32 bytes of a SHA-256 digest.
pub(crate) fn finish(digest: Context) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.finish().as_ref());
    bytes
}

/// What IAM allows for the URL of a provider.
const MAX_LENGTH: usize = 255;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_compared_as_it_was_registered() {
        let provider = Provider::new(Issuer::parse("https://login.example.com/Tenant").unwrap(), Vec::new(), 1);
        assert!(provider.is_named("https://login.example.com/Tenant"));
        for other in [
            "https://login.example.com/tenant",
            "https://login.example.com/Tenant/",
            "http://login.example.com/Tenant",
            "login.example.com/Tenant",
            "https://Login.example.com/Tenant",
            "https://login.example.com:443/Tenant",
        ] {
            assert!(!provider.is_named(other), "{other}");
        }
        assert_eq!(provider.issuer().name(), "login.example.com/Tenant");
    }

    #[test]
    fn google_has_two_spellings() {
        let google = Provider::google();
        assert!(google.is_named("accounts.google.com") && google.is_named("https://accounts.google.com"));
        assert!(!google.is_named("http://accounts.google.com"));
    }

    #[test]
    fn providers_that_differ_in_anything_have_other_fingerprints() {
        let issuer = || Issuer::parse("https://a.b").unwrap();
        let all = [
            Provider::new(issuer(), Vec::new(), 1),
            Provider::new(issuer(), Vec::new(), 2),
            Provider::new(issuer(), vec![[0; 20]], 1),
            Provider::new(issuer(), vec![[0; 20], [0; 20]], 1),
            Provider::new(Issuer::parse("https://a.b/").unwrap(), Vec::new(), 1),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| one.fingerprint() != other.fingerprint()));
        }
    }
}
