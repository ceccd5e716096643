//! Signing: what clients and upstream engines send.

use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use vocab::{Secret, Timestamp};

use crate::canonical::{self, Inputs, hex_of};
use crate::keys::SigningKey;
use crate::uri;
use crate::verify::signature;
use crate::{ALGORITHM, Error, Request, Style, TERMINATOR};

/// Who signs, and for what.
#[derive(Debug, Clone)]
pub struct Signer<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// Its secret.
    pub secret: &'a Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a Secret>,
    /// The region.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
    /// How that service treats path and query.
    pub style: Style,
}

impl Signer<'_> {
    /// The headers to send, `Authorization` among them: those of the request, `x-amz-date`, the session
    /// token, and the body's hash for S3. Every one of them is signed; `host` must be there.
    pub fn headers(&self, request: &Request<'_>, payload: &str, now: Timestamp) -> Result<HeaderMap, Error> {
        let mut headers = request.headers.clone();
        let time = now.amz_date();
        set(&mut headers, "x-amz-date", &time)?;
        if let Some(token) = self.session_token {
            set(&mut headers, "x-amz-security-token", token.expose())?;
        }
        if self.style == Style::S3 {
            set(&mut headers, "x-amz-content-sha256", payload)?;
        }
        let mut names: Vec<&str> = headers.keys().map(http::HeaderName::as_str).collect();
        names.sort_unstable();
        let names = names.join(";");
        let scope = self.scope(&time);
        let signature = self.sign(&Request { headers: &headers, ..*request }, &names, payload, &time)?;
        let credential = format!("{}/{scope}", self.access_key_id);
        let value = format!("{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}");
        set(&mut headers, "authorization", &value)?;
        Ok(headers)
    }

    /// The query string of a presigned URL; `host` alone is signed.
    pub fn presigned_query(
        &self,
        request: &Request<'_>,
        payload: &str,
        now: Timestamp,
        expires: Duration,
    ) -> Result<String, Error> {
        let time = now.amz_date();
        let credential = format!("{}/{}", self.access_key_id, self.scope(&time));
        let seconds = expires.as_secs().to_string();
        let mut parameters = vec![
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", &time),
            ("X-Amz-Expires", &seconds),
            ("X-Amz-SignedHeaders", "host"),
        ];
        if let Some(token) = self.session_token {
            parameters.push(("X-Amz-Security-Token", token.expose()));
        }
        let mut query = request.query.as_bytes().to_vec();
        for (name, value) in parameters {
            if !query.is_empty() {
                query.push(b'&');
            }
            query.extend_from_slice(name.as_bytes());
            query.push(b'=');
            uri::encode(&mut query, value);
        }
        let query = String::from_utf8(query).map_err(|_| Error::Malformed { what: "the query" })?;
        let signature = self.sign(&Request { query: &query, ..*request }, "host", payload, &time)?;
        Ok(format!("{query}&X-Amz-Signature={signature}"))
    }

    fn sign(&self, request: &Request<'_>, signed_headers: &str, payload: &str, time: &str) -> Result<String, Error> {
        let inputs = Inputs { style: self.style, signed_headers, payload, leave_out: &[] };
        let canonical = canonical::request(request, &inputs)?;
        let day = time.get(..8).unwrap_or_default();
        let key = SigningKey::derive(self.secret, day, self.region, self.service);
        let hex = hex_of(&signature(&key, time, &self.scope(time), &canonical));
        Ok(String::from_utf8_lossy(&hex).into_owned())
    }

    fn scope(&self, time: &str) -> String {
        format!("{}/{}/{}/{TERMINATOR}", time.get(..8).unwrap_or_default(), self.region, self.service)
    }
}

/// The hash of a body, as `x-amz-content-sha256` and the canonical request spell it.
pub fn payload(body: &[u8]) -> String {
    String::from_utf8_lossy(&hex_of(&crate::verify::sha256(body))).into_owned()
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), Error> {
    let value = HeaderValue::from_str(value).map_err(|_| Error::Malformed { what: name })?;
    headers.insert(name, value);
    Ok(())
}
