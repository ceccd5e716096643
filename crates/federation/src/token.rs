//! A JWT before anything about it is known to be true.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::json;
use crate::keys::Algorithm;

/// A token that nobody has verified. It names the issuer and the key it claims, which is what is needed
/// to find the provider; it tells nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    issuer: String,
    key: Option<String>,
}

impl Unverified {
    /// Reads the claimed names. Errs where the text is no JWT, or has no `iss`.
    pub fn parse(token: &str) -> Result<Self, Error> {
        let jws = Jws::parse(token, MAX_LENGTH)?;
        let issuer = match jws.claims.get("iss") {
            None => return Err(Error::MissingClaim("iss")),
            Some(Value::String(issuer)) => issuer.clone(),
            Some(_) => return Err(Error::MalformedClaim("iss")),
        };
        Ok(Self { issuer, key: jws.key })
    }

    /// The `iss` claim as it was sent.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key that the header names.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

/// The parts of a signed token.
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Result<Algorithm, Error>,
    pub(crate) key: Option<String>,
    pub(crate) claims: Map<String, Value>,
    pub(crate) signed: &'a str,
    pub(crate) signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a token of at most `limit` bytes apart.
    pub(crate) fn parse(token: &'a str, limit: usize) -> Result<Self, Error> {
        if token.len() > limit {
            return Err(Error::TooLong { limit });
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Error::NotAJwt)?;
        let (header, claims) = signed.split_once('.').ok_or(Error::NotAJwt)?;
        let header = part(header).ok_or(Error::NotAJwt)?;
        let claims = part(claims).ok_or(Error::NotAJwt)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Error::NotAJwt)?;
        let key = match header.get("kid") {
            None => None,
            Some(Value::String(id)) if id.len() <= MAX_KEY_ID => Some(id.clone()),
            Some(_) => return Err(Error::NotAJwt),
        };
        check_type(&header)?;
        Ok(Self { algorithm: algorithm(&header), key, claims, signed, signature })
    }
}

/// A part that is a JSON object. A fourth part leaves a dot in the middle one, which is no base64url.
fn part(text: &str) -> Option<Map<String, Value>> {
    json::object(&URL_SAFE_NO_PAD.decode(text).ok()?)
}

fn check_type(header: &Map<String, Value>) -> Result<(), Error> {
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) => {
            let kind = kind.to_ascii_lowercase();
            match kind.strip_prefix("application/").unwrap_or(&kind) {
                "jwt" | "jws" | "at+jwt" => Ok(()),
                // Such as `logout+jwt`: signed by the same keys, with the same claims, for another purpose.
                _ => Err(Error::NotAnIdentityToken),
            }
        }
        Some(_) => Err(Error::NotAJwt),
    }
}

/// An algorithm that this crate verifies, and no header that would have to be understood for it.
fn algorithm(header: &Map<String, Value>) -> Result<Algorithm, Error> {
    if header.contains_key("crit") {
        return Err(Error::UnsupportedAlgorithm);
    }
    match header.get("alg") {
        Some(Value::String(name)) => Algorithm::named(name).ok_or(Error::UnsupportedAlgorithm),
        _ => Err(Error::NotAJwt),
    }
}

/// No provider's token is longer than what the widest of our APIs accepts.
const MAX_LENGTH: usize = 50_000;
const MAX_KEY_ID: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn an_unverified_token_names_issuer_and_key() {
        let read = Unverified::parse(&token(r#"{"alg":"RS256","kid":"one"}"#, r#"{"iss":"https://a.b"}"#)).unwrap();
        assert_eq!((read.issuer(), read.key()), ("https://a.b", Some("one")));
    }

    #[test]
    fn what_is_no_jwt() {
        let good = token(r#"{"alg":"RS256"}"#, r#"{"iss":"x"}"#);
        let padded = good.replace(".c2ln", ".c2k=");
        let trailing_bits = good.replace(".c2ln", ".c2l");
        let standard_alphabet = good.replace(".c2ln", ".+/+/");
        for bad in [
            "",
            "opaque",
            "a.b",
            "..",
            &good[1..],
            &format!("{good}.c2ln"),
            &format!("c2ln.{good}"),
            &format!("{good} "),
            &format!("{good}\n"),
            &padded,
            &trailing_bits,
            &standard_alphabet,
            &token(r#"{"alg":"RS256","alg":"none"}"#, r#"{"iss":"x"}"#),
            &token(r#"{"alg":"RS256"}"#, r#"{"iss":"x","iss":"y"}"#),
            &token(r#"["alg"]"#, r#"{"iss":"x"}"#),
            &token(r#"{"alg":"RS256"}"#, r#""iss""#),
            &token(r#"{"alg":"RS256","kid":1}"#, r#"{"iss":"x"}"#),
        ] {
            assert_eq!(Unverified::parse(bad), Err(Error::NotAJwt), "{bad}");
        }
        assert!(Unverified::parse(&good).is_ok());
    }

    #[test]
    fn a_token_without_issuer_is_named_so() {
        assert_eq!(Unverified::parse(&token(r#"{"alg":"RS256"}"#, "{}")), Err(Error::MissingClaim("iss")));
        assert_eq!(Unverified::parse(&token(r#"{"alg":"RS256"}"#, r#"{"iss":1}"#)), Err(Error::MalformedClaim("iss")));
    }

    #[test]
    fn a_long_token_is_refused_unread() {
        assert_eq!(Unverified::parse(&"x".repeat(50_001)), Err(Error::TooLong { limit: 50_000 }));
    }

    #[test]
    fn a_jwt_of_another_kind_is_refused() {
        let of =
            |kind: &str| Unverified::parse(&token(&format!(r#"{{"alg":"RS256","typ":"{kind}"}}"#), r#"{"iss":"x"}"#));
        assert!(of("JWT").is_ok() && of("application/at+jwt").is_ok());
        assert_eq!(of("logout+jwt"), Err(Error::NotAnIdentityToken));
    }
}
