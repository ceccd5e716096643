//! Requests to sign and verify, in few words.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use sigv4::{Claim, Error, Expect, Payload, Request, Signed, Signer, SigningKeys, Style, Verified, sha256};
use vocab::{Secret, Timestamp};

/// A request that owns its parts.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut sent = Self {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            headers: HeaderMap::new(),
            body: body.into(),
        };
        for (name, value) in headers {
            sent.add(name, value);
        }
        sent
    }

    pub(crate) fn add(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }

    pub(crate) fn request(&self) -> Request<'_> {
        Request { method: &self.method, path: &self.path, query: &self.query, headers: &self.headers }
    }

    pub(crate) fn claim(&self) -> Result<Claim<'_>, Error> {
        sigv4::read(&self.request()).map(|claim| claim.expect("the request is signed"))
    }

    /// Reads and verifies, with the hash of the whole body.
    pub(crate) fn verify(&self, secret: &Secret, expect: &Expect<'_>) -> Result<Verified, Error> {
        let keys = SigningKeys::new(4);
        self.claim()?.verify(&self.request(), secret, Some(sha256(&self.body)), expect, &keys)
    }

    pub(crate) fn sign(&mut self, signer: &Signer<'_>, payload: Payload) -> Signed {
        let target = (self.path.as_str(), self.query.as_str());
        signer.sign(&self.method, target, &mut self.headers, payload, &SigningKeys::new(4)).unwrap()
    }

    pub(crate) fn presign(&mut self, signer: &Signer<'_>, seconds: u64) {
        let expires = Duration::from_secs(seconds);
        self.query = signer.presign(&self.request(), expires, &SigningKeys::new(4)).unwrap();
    }
}

pub(crate) fn expect<'a>(service: &'a str, style: Style, now: &str) -> Expect<'a> {
    let now = Timestamp::from_amz_date(now).unwrap();
    Expect { service, region: "us-east-1", style, now, skew: Duration::from_secs(900) }
}
