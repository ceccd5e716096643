//! What a provider said, once it is known that the provider said it.

use serde_json::{Map, Value};
use vocab::Timestamp;

use crate::error::Error;
use crate::provider::without_scheme;

/// A token whose signature, issuer and times were verified. Only this crate makes one.
/// Whom it was issued for is the caller's to check: [`Verified::audience_among`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verified {
    /// The registered issuer: a URL for OpenID Connect, the bare name for Amazon and Facebook.
    pub issuer: String,
    /// The `sub` claim, or the user id of an opaque token: 1 to 255 bytes without control characters.
    pub subject: String,
    /// The `aud` claim, or the application ids of an opaque token: at least one.
    pub audiences: Vec<String>,
    /// The `azp` claim.
    pub authorized_party: Option<String>,
    /// The `iat` claim.
    pub issued_at: Timestamp,
    /// The `exp` claim.
    pub expires_at: Timestamp,
    /// All claims; for Amazon and Facebook `iss`, `aud` and `sub`.
    pub claims: Map<String, Value>,
}

impl Verified {
    /// The provider's name: the issuer without its scheme.
    pub fn provider(&self) -> &str {
        without_scheme(&self.issuer)
    }

    /// Whom the token was issued for: the authorized party, or without one the first audience.
    pub fn audience(&self) -> &str {
        self.authorized_party.as_ref().or(self.audiences.first()).map_or("", String::as_str)
    }

    /// The one of `accepted` that the token was issued for. A token with an authorized party was issued for that
    /// party alone, whatever its audiences. Errs with [`Error::WrongAudience`], always so where nothing is accepted.
    pub fn audience_among(&self, accepted: &[impl AsRef<str>]) -> Result<&str, Error> {
        let candidates = self.authorized_party.as_ref().map_or(self.audiences.as_slice(), std::slice::from_ref);
        candidates
            .iter()
            .find(|candidate| accepted.iter().any(|one| one.as_ref() == candidate.as_str()))
            .map(String::as_str)
            .ok_or(Error::WrongAudience)
    }

    /// Reads verified claims. Times are only read here; they are checked on every use.
    pub(crate) fn from_claims(issuer: &str, claims: Map<String, Value>) -> Result<Self, Error> {
        let subject = text(&claims, "sub")?.ok_or(Error::MissingClaim("sub"))?;
        if subject.is_empty() || subject.len() > MAX_SUBJECT || subject.chars().any(char::is_control) {
            return Err(Error::MalformedClaim("sub"));
        }
        let audiences = audiences(&claims)?;
        let authorized_party = text(&claims, "azp")?;
        let expires_at = time(&claims, "exp")?.ok_or(Error::MissingClaim("exp"))?;
        let issued_at = time(&claims, "iat")?.ok_or(Error::MissingClaim("iat"))?;
        time(&claims, "nbf")?;
        let issuer = issuer.to_owned();
        Ok(Self { issuer, subject, audiences, authorized_party, issued_at, expires_at, claims })
    }

    /// What an inspection of an opaque token says.
    pub(crate) fn from_inspection(
        issuer: &str,
        subject: String,
        audiences: Vec<String>,
        issued_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<Self, Error> {
        let mut claims = Map::new();
        claims.insert("iss".to_owned(), issuer.into());
        claims.insert("aud".to_owned(), audiences.first().cloned().into());
        claims.insert("sub".to_owned(), subject.into());
        claims.insert("iat".to_owned(), issued_at.seconds().into());
        claims.insert("exp".to_owned(), expires_at.seconds().into());
        let mut verified = Self::from_claims(issuer, claims)?;
        verified.claims.retain(|name, _| name != "iat" && name != "exp");
        verified.audiences = audiences;
        Ok(verified)
    }

    /// The `nbf` claim.
    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        time(&self.claims, "nbf").ok().flatten()
    }
}

fn text(claims: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::MalformedClaim(name)),
    }
}

/// Times are whole numbers of seconds; `1.5` and `"1"` are not.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<Timestamp>, Error> {
    match claims.get(name) {
        None => Ok(None),
        Some(value) => {
            let seconds = value.as_i64().filter(|seconds| (0..=MAX_SECONDS).contains(seconds));
            seconds.map(|seconds| Some(Timestamp::from_seconds(seconds))).ok_or(Error::MalformedClaim(name))
        }
    }
}

fn audiences(claims: &Map<String, Value>) -> Result<Vec<String>, Error> {
    match claims.get("aud") {
        None => Err(Error::MissingClaim("aud")),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(all)) if all.is_empty() => Err(Error::MissingClaim("aud")),
        Some(Value::Array(all)) => all
            .iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or(Error::MalformedClaim("aud")),
        Some(_) => Err(Error::MalformedClaim("aud")),
    }
}

/// What OpenID Connect allows for a subject.
const MAX_SUBJECT: usize = 255;
/// The last second of the year 9999.
const MAX_SECONDS: i64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(changed: Value) -> Result<Verified, Error> {
        let mut claims = json!({"sub": "player", "aud": "app", "iat": 1, "exp": 2}).as_object().unwrap().clone();
        for (name, value) in changed.as_object().unwrap() {
            if value == "absent" {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        Verified::from_claims("https://a.b", claims)
    }

    #[test]
    fn the_authorized_party_replaces_the_audiences() {
        let plain = with(json!({"aud": ["one", "two"]})).unwrap();
        assert_eq!(plain.audience_among(&["two"]), Ok("two"));
        assert_eq!(plain.audience(), "one");
        let authorized = with(json!({"aud": ["one", "two"], "azp": "three"})).unwrap();
        assert_eq!(authorized.audience_among(&["one", "two"]), Err(Error::WrongAudience));
        assert_eq!(authorized.audience_among(&["three"]), Ok("three"));
        assert_eq!(authorized.audience_among(&[""; 0]), Err(Error::WrongAudience));
    }

    #[test]
    fn claims_that_every_token_needs() {
        for name in ["sub", "aud", "exp", "iat"] {
            assert_eq!(with(json!({name: "absent"})), Err(Error::MissingClaim(name)));
        }
        assert_eq!(with(json!({"aud": []})), Err(Error::MissingClaim("aud")));
    }

    #[test]
    fn claims_of_another_type_are_refused() {
        for (name, value) in [
            ("sub", json!("")),
            ("sub", json!(7)),
            ("sub", json!("a\nb")),
            ("sub", json!("x".repeat(256))),
            ("aud", json!(7)),
            ("aud", json!(["app", 7])),
            ("azp", json!(null)),
            ("exp", json!("2")),
            ("exp", json!(2.0)),
            ("exp", json!(-1)),
            ("exp", json!(u64::MAX)),
            ("iat", json!(1.5)),
            ("nbf", json!("now")),
            ("nbf", json!(null)),
        ] {
            assert_eq!(with(json!({name: value})), Err(Error::MalformedClaim(name)), "{name} {value}");
        }
    }

    #[test]
    fn the_provider_is_the_issuer_without_its_scheme() {
        assert_eq!(with(json!({})).unwrap().provider(), "a.b");
    }
}
