//! Signing: for clients, for requests that go on to an upstream engine, and for tests.

use std::time::Duration;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use vocab::{Secret, Timestamp};

use crate::canonical::{self, Inputs};
use crate::chunked::Seed;
use crate::claim::{AMZ_DATE, CONTENT_SHA256, MAX_EXPIRES, SECURITY_TOKEN, UNSIGNED, text};
use crate::headers::SignedHeaders;
use crate::verify::{sha256, word};
use crate::{ALGORITHM, Chunks, Error, Payload, Request, Scope, SigningKeys, Style, TERMINATOR, hex, uri};

/// Who signs, for which service, and when.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a Secret>,
    /// The region.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
    /// How that service treats path and body.
    pub style: Style,
    /// The time of signing.
    pub time: Timestamp,
}

/// A signature that was made; [`crate::chunked::Encoder`] goes on from it.
#[derive(Debug, Clone)]
pub struct Signed {
    pub(crate) seed: Seed,
    pub(crate) chunks: Option<Chunks>,
}

impl Signed {
    /// The signature in hexadecimal.
    pub fn signature(&self) -> String {
        hex::text(&self.seed.signature)
    }
}

impl Signer<'_> {
    /// Signs a request in its headers: adds date, token, for S3 the content hash, and
    /// `authorization`, in place of those that are there. All headers are signed that proxies and
    /// connections do not change.
    ///
    /// Errs where `host` is missing, and where [`Payload::Absent`] leaves the body's hash open.
    pub fn sign(
        &self,
        method: &str,
        (path, query): (&str, &str),
        headers: &mut HeaderMap,
        payload: Payload,
        keys: &SigningKeys,
    ) -> Result<Signed, Error> {
        let time = self.time.amz_date();
        let payload_text = payload_text(payload)?;
        headers.remove(AUTHORIZATION);
        headers.remove(SECURITY_TOKEN);
        headers.insert(AMZ_DATE, value(&time)?);
        if let Some(token) = self.session_token {
            let mut token = value(token.expose())?;
            token.set_sensitive(true);
            headers.insert(SECURITY_TOKEN, token);
        }
        // Where another service's request has one, it must not speak of another body.
        if self.style == Style::S3 || headers.contains_key(CONTENT_SHA256) {
            headers.insert(CONTENT_SHA256, value(&payload_text)?);
        }
        let signed_headers = signed_headers(headers)?;
        let request = Request { method, path, query, headers };
        let seed = self.seed(time, &request, &signed_headers, &payload_text, keys)?;
        let authorization = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={signed_headers}, Signature={}",
            self.access_key_id,
            seed.scope,
            hex::text(&seed.signature)
        );
        headers.insert(AUTHORIZATION, value(&authorization)?);
        Ok(Signed { seed, chunks: if let Payload::Chunked(chunks) = payload { Some(chunks) } else { None } })
    }

    /// Signs a request in its query, valid for `expires`; gives the whole new query string. The
    /// headers of `request` are signed with it and must be sent as they are; `host` must be there.
    /// For S3 the body is what an `x-amz-content-sha256` among them says, else unsigned; elsewhere
    /// it must be empty.
    pub fn presign(&self, request: &Request<'_>, expires: Duration, keys: &SigningKeys) -> Result<String, Error> {
        if !(1..=MAX_EXPIRES).contains(&expires.as_secs()) {
            return Err(Error::ExpiresOutOfRange { seen: i64::try_from(expires.as_secs()).unwrap_or(i64::MAX) });
        }
        let time = self.time.amz_date();
        let signed_headers = signed_headers(request.headers)?;
        let credential = format!("{}/{}", self.access_key_id, self.scope(&time));
        let expires = expires.as_secs().to_string();
        let mut query = request.query.as_bytes().to_vec();
        add(&mut query, "X-Amz-Algorithm", ALGORITHM);
        add(&mut query, "X-Amz-Credential", &credential);
        add(&mut query, "X-Amz-Date", &time);
        add(&mut query, "X-Amz-Expires", &expires);
        if let Some(token) = self.session_token {
            add(&mut query, "X-Amz-Security-Token", token.expose());
        }
        add(&mut query, "X-Amz-SignedHeaders", &signed_headers);
        let mut query = String::from_utf8(query).map_err(|_| Error::Malformed { what: "query" })?;
        let payload = match (self.style, text(request.headers, CONTENT_SHA256)?) {
            (Style::S3, given) => given.unwrap_or(UNSIGNED).to_owned(),
            (Style::Standard, _) => hex::text(&sha256(b"")),
        };
        let seed = self.seed(time, &Request { query: &query, ..*request }, &signed_headers, &payload, keys)?;
        query.push_str("&X-Amz-Signature=");
        query.push_str(&hex::text(&seed.signature));
        Ok(query)
    }

    fn seed(
        &self,
        time: String,
        request: &Request<'_>,
        signed_headers: &str,
        payload: &str,
        keys: &SigningKeys,
    ) -> Result<Seed, Error> {
        let signed_headers = &SignedHeaders::of(signed_headers, request.headers)?;
        let inputs = Inputs { style: self.style, signed_headers, payload: payload.as_bytes(), leave_out: &[] };
        let canonical = canonical::hash(request, &inputs)?;
        let date = time.get(..8).unwrap_or_default();
        let key = keys.key(self.secret, Scope { date, region: self.region, service: self.service });
        let scope = self.scope(&time);
        let signature = canonical::signature(&key, &time, &scope, &canonical);
        Ok(Seed { key, time, scope, signature })
    }

    fn scope(&self, time: &str) -> String {
        format!("{}/{}/{}/{TERMINATOR}", time.get(..8).unwrap_or_default(), self.region, self.service)
    }
}

fn payload_text(payload: Payload) -> Result<String, Error> {
    match payload {
        Payload::Hash(hash) => Ok(hex::text(&hash)),
        Payload::Unsigned => Ok(UNSIGNED.to_owned()),
        Payload::Chunked(chunks) => Ok(word(chunks).to_owned()),
        Payload::Absent => Err(Error::PayloadMissing),
    }
}

fn signed_headers(headers: &HeaderMap) -> Result<String, Error> {
    let mut names: Vec<&str> =
        headers.keys().map(HeaderName::as_str).filter(|name| !NEVER_SIGNED.contains(name)).collect();
    if !names.contains(&"host") {
        return Err(Error::HostNotSigned);
    }
    names.sort_unstable();
    Ok(names.join(";"))
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Malformed { what: "credentials" })
}

fn add(query: &mut Vec<u8>, name: &str, value: &str) {
    if !query.is_empty() {
        query.push(b'&');
    }
    query.extend_from_slice(name.as_bytes());
    query.push(b'=');
    uri::encode(query, value);
}

/// Headers that proxies, connections and HTTP libraries change or add on the way.
const NEVER_SIGNED: [&str; 14] = [
    "accept-encoding",
    "authorization",
    "cache-control",
    "connection",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];
