//! Tokens of Twitter: a call signed with them after OAuth 1.0a (RFC 5849) is answered with whose they are.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use vocab::{Secret, Timestamp};

use crate::error::Error;
use crate::url::{Url, encode};

/// Two halves with a semicolon between: an application's key and secret, or a user's token and secret.
pub(crate) struct Pair<'a> {
    pub(crate) name: &'a str,
    secret: &'a str,
}

impl<'a> Pair<'a> {
    /// Reads both halves; neither is empty.
    pub(crate) fn read(text: &'a str) -> Result<Self, Error> {
        let (name, secret) = text.split_once(';').ok_or(Error::Rejected)?;
        if name.is_empty() || secret.is_empty() || secret.contains(';') {
            return Err(Error::Rejected);
        }
        Ok(Self { name, secret })
    }
}

/// The `Authorization` header of a GET without parameters of its own.
pub(crate) fn authorization(
    url: &Url,
    consumer: &Pair<'_>,
    token: &Pair<'_>,
    nonce: [u8; 16],
    now: Timestamp,
) -> Secret {
    let nonce: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
    let time = now.seconds().to_string();
    // In the order of their names, as the signature wants them.
    let parameters = [
        ("oauth_consumer_key", consumer.name),
        ("oauth_nonce", &nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &time),
        ("oauth_token", token.name),
        ("oauth_version", "1.0"),
    ];
    let joined: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let base = format!("GET&{}&{}", encode(url.as_str()), encode(&joined.join("&")));
    let key = format!("{}&{}", encode(consumer.secret), encode(token.secret));
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let signature = BASE64_STANDARD.encode(hmac::sign(&key, base.as_bytes()));
    let fields: Vec<String> = parameters
        .iter()
        .copied()
        .chain([("oauth_signature", signature.as_str())])
        .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
        .collect();
    Secret::new(format!("OAuth {}", fields.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_an_independent_implementation_made() {
        // Python's standard library: hmac.new(key, base, "sha1") over the same parameters.
        let url = Url::parse("https://api.twitter.com/1.1/account/verify_credentials.json").unwrap();
        let (consumer, token) =
            (Pair::read("consumer key;consumer&secret").unwrap(), Pair::read("to/ken;token secret").unwrap());
        let header = authorization(&url, &consumer, &token, [0xab; 16], Timestamp::from_seconds(1_318_622_958));
        assert_eq!(
            header.expose(),
            "OAuth oauth_consumer_key=\"consumer%20key\", oauth_nonce=\"abababababababababababababababab\", \
             oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"1318622958\", oauth_token=\"to%2Fken\", \
             oauth_version=\"1.0\", oauth_signature=\"mVGg2CzWwsdTYAub%2BWeusZUo6s0%3D\""
        );
    }

    #[test]
    fn both_halves_are_there() {
        for bad in ["", "a", ";", "a;", ";b", "a;b;c"] {
            assert!(Pair::read(bad).is_err(), "{bad}");
        }
    }
}
