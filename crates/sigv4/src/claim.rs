//! Reading a signature: who claims to have signed, what, and when. Nothing here is verified.

use std::time::Duration;

use http::header::{AUTHORIZATION, DATE, HeaderMap};
use vocab::{Secret, Timestamp};

use crate::canonical::unhex;
use crate::{ALGORITHM, Error, Form, Part, Request, TERMINATOR, uri};

/// What a request says about its own signature. Believe none of it before [`Claim::verify`].
#[derive(Debug, Clone)]
pub struct Claim {
    /// The access key id: whose secret to look up.
    pub access_key_id: String,
    /// What the signing key is good for.
    pub scope: Scope,
    /// The signed headers: lower-case names in order, divided by semicolons.
    pub signed_headers: String,
    /// When the request was signed.
    pub time: Timestamp,
    /// The session token; needed with temporary credentials.
    pub session_token: Option<Secret>,
    /// How the body takes part.
    pub payload: Payload,
    /// Where the signature stands.
    pub place: Place,
    /// The time as it was signed, `20260102T030405Z`.
    pub(crate) stamp: String,
    pub(crate) signature: Signature,
}

/// The scope of a credential, without its constant last element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The day, as `20260102`.
    pub date: String,
    /// The region.
    pub region: String,
    /// The signing name of the service.
    pub service: String,
}

/// How the body takes part in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// By its SHA-256 hash, as `x-amz-content-sha256` gives it.
    Hash([u8; 32]),
    /// Not at all.
    Unsigned,
    /// It comes as `aws-chunked`.
    Chunked(Chunks),
    /// The request does not say. The caller hashes the whole body, except for presigned S3
    /// requests, where it is unsigned.
    Absent,
}

/// The kinds of `aws-chunked` bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chunks {
    /// Each chunk is signed.
    Signed,
    /// Each chunk is signed, and so are the headers that follow the last one.
    SignedTrailer,
    /// Nothing is signed; headers follow the last chunk.
    UnsignedTrailer,
}

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL.
    Query {
        /// How long it is valid; S3 wants it, elsewhere the clock skew stands in.
        expires: Option<Duration>,
    },
}

/// A signature that does not print.
#[derive(Clone, Copy)]
pub(crate) struct Signature(pub(crate) [u8; 32]);

impl std::fmt::Debug for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signature(..)")
    }
}

/// Reads who claims to have signed a request; `None` where it is not signed at all.
///
/// Errs where it tries to and the form is wrong, where it signs twice, and for Version 2.
pub fn read(request: &Request<'_>) -> Result<Option<Claim>, Error> {
    if request.query.len() > uri::MAX_QUERY {
        return Err(Error::TooLong { what: "the query string", limit: uri::MAX_QUERY });
    }
    let query = QueryParts::read(request.query)?;
    let header = text(request.headers, AUTHORIZATION.as_str())?;
    match header {
        Some(_) if query.authenticates() => Err(Error::TwoMechanisms),
        Some(header) => from_header(header, request).map(Some),
        None if query.authenticates() => from_query(query, request).map(Some),
        None => Ok(None),
    }
}

fn from_header(header: &str, request: &Request<'_>) -> Result<Claim, Error> {
    if header.len() > MAX_AUTHORIZATION {
        return Err(Error::TooLong { what: "the `Authorization` header", limit: MAX_AUTHORIZATION });
    }
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    match scheme {
        ALGORITHM => {}
        "AWS" => return Err(Error::SignatureV2),
        _ => return Err(Error::Algorithm { seen: scheme.chars().take(MAX_SEEN).collect() }),
    }
    let (mut credential, mut signed_headers, mut signature) = (None, None, None);
    for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').ok_or(Error::Malformed { what: "Authorization" })?;
        let (what, slot) = match name {
            "Credential" => ("Credential", &mut credential),
            "SignedHeaders" => ("SignedHeaders", &mut signed_headers),
            "Signature" => ("Signature", &mut signature),
            _ => return Err(Error::Malformed { what: "Authorization" }),
        };
        if slot.replace(value).is_some() {
            return Err(Error::Duplicate { what });
        }
    }
    let date = match text(request.headers, AMZ_DATE)? {
        Some(date) => Some(date),
        None => text(request.headers, DATE.as_str())?,
    };
    let (Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (credential, signature, signed_headers, date)
    else {
        let parts = [
            (Part::Credential, credential.is_none()),
            (Part::Signature, signature.is_none()),
            (Part::SignedHeaders, signed_headers.is_none()),
            (Part::Date, date.is_none()),
        ];
        return Err(incomplete(Form::Header, &parts));
    };
    let basic = Timestamp::from_amz_date(date);
    let time = basic.or_else(|| Timestamp::from_http_date(date)).ok_or_else(|| bad_date(date))?;
    Raw {
        credential,
        signature,
        signed_headers,
        time,
        // Writing a time anew costs more than all else here: the usual form is kept.
        stamp: if basic.is_some() { date.to_owned() } else { time.amz_date() },
        token: text(request.headers, SECURITY_TOKEN)?,
        payload: payload(text(request.headers, CONTENT_SHA256)?)?,
        place: Place::Header,
    }
    .claim()
}

fn from_query(query: QueryParts, request: &Request<'_>) -> Result<Claim, Error> {
    let QueryParts { algorithm, credential, signature, signed_headers, date, expires, token, content_sha256, .. } =
        query;
    if let Some(seen) = algorithm.as_ref().filter(|algorithm| *algorithm != ALGORITHM) {
        return Err(Error::Algorithm { seen: seen.chars().take(MAX_SEEN).collect() });
    }
    let (Some(_), Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (&algorithm, &credential, &signature, &signed_headers, &date)
    else {
        let parts = [
            (Part::Algorithm, algorithm.is_none()),
            (Part::Credential, credential.is_none()),
            (Part::Signature, signature.is_none()),
            (Part::SignedHeaders, signed_headers.is_none()),
            (Part::Date, date.is_none()),
        ];
        return Err(incomplete(Form::Query, &parts));
    };
    Raw {
        credential,
        signature,
        signed_headers,
        time: Timestamp::from_amz_date(date).ok_or_else(|| bad_date(date))?,
        stamp: date.clone(),
        token: one_of(token.as_deref(), text(request.headers, SECURITY_TOKEN)?, SECURITY_TOKEN)?,
        payload: payload(one_of(content_sha256.as_deref(), text(request.headers, CONTENT_SHA256)?, CONTENT_SHA256)?)?,
        place: Place::Query { expires: expires.as_deref().map(seconds).transpose()? },
    }
    .claim()
}

/// The texts of a signature, from either form, before they are checked.
struct Raw<'a> {
    credential: &'a str,
    signature: &'a str,
    signed_headers: &'a str,
    time: Timestamp,
    stamp: String,
    token: Option<&'a str>,
    payload: Payload,
    place: Place,
}

impl Raw<'_> {
    fn claim(self) -> Result<Claim, Error> {
        if self.credential.len() > MAX_CREDENTIAL {
            return Err(Error::TooLong { what: "the credential", limit: MAX_CREDENTIAL });
        }
        let wrong = || Error::Credential { seen: self.credential.to_owned() };
        let mut elements = self.credential.split('/');
        let mut element = || elements.next().ok_or_else(wrong);
        let (key, date, region, service, end) = (element()?, element()?, element()?, element()?, element()?);
        if elements.next().is_some() {
            return Err(wrong());
        }
        if end != TERMINATOR {
            return Err(Error::Terminator { seen: end.to_owned() });
        }
        check_signed_headers(self.signed_headers)?;
        if self.token.is_some_and(|token| token.len() > MAX_TOKEN) {
            return Err(Error::TooLong { what: "the session token", limit: MAX_TOKEN });
        }
        if self.token.is_none() && key.starts_with("ASIA") {
            return Err(Error::TokenMissing);
        }
        Ok(Claim {
            access_key_id: key.to_owned(),
            scope: Scope { date: date.to_owned(), region: region.to_owned(), service: service.to_owned() },
            signed_headers: self.signed_headers.to_owned(),
            time: self.time,
            session_token: self.token.map(Secret::new),
            payload: self.payload,
            place: self.place,
            stamp: self.stamp,
            signature: Signature(unhex(self.signature.as_bytes()).ok_or(Error::Mismatch)?),
        })
    }
}

/// The query parameters that belong to a signature, decoded.
#[derive(Default)]
struct QueryParts {
    algorithm: Option<String>,
    credential: Option<String>,
    signature: Option<String>,
    signed_headers: Option<String>,
    date: Option<String>,
    expires: Option<String>,
    token: Option<String>,
    content_sha256: Option<String>,
}

impl QueryParts {
    fn read(query: &str) -> Result<Self, Error> {
        let mut parts = Self::default();
        // Names may be escaped: only a query without escapes can be dismissed by its letters.
        if !query.contains('%') && !query.contains("X-Amz-") && !query.contains("AWSAccessKeyId") {
            return Ok(parts);
        }
        for (name, value) in uri::parameters(query) {
            let Some(name) = uri::decode(name) else { continue };
            let (what, slot) = match name.as_ref() {
                "X-Amz-Algorithm" => ("X-Amz-Algorithm", &mut parts.algorithm),
                "X-Amz-Credential" => ("X-Amz-Credential", &mut parts.credential),
                "X-Amz-Signature" => ("X-Amz-Signature", &mut parts.signature),
                "X-Amz-SignedHeaders" => ("X-Amz-SignedHeaders", &mut parts.signed_headers),
                "X-Amz-Date" => ("X-Amz-Date", &mut parts.date),
                "X-Amz-Expires" => ("X-Amz-Expires", &mut parts.expires),
                "X-Amz-Security-Token" => ("X-Amz-Security-Token", &mut parts.token),
                "X-Amz-Content-Sha256" => ("X-Amz-Content-Sha256", &mut parts.content_sha256),
                "AWSAccessKeyId" => return Err(Error::SignatureV2),
                _ => continue,
            };
            let value = uri::decode(value).ok_or(Error::Malformed { what })?.into_owned();
            if slot.replace(value).is_some() {
                return Err(Error::Duplicate { what });
            }
        }
        Ok(parts)
    }

    fn authenticates(&self) -> bool {
        self.algorithm.is_some() || self.credential.is_some() || self.signature.is_some()
    }
}

/// Lower-case, sorted and without repetition, as every signer writes them.
fn check_signed_headers(list: &str) -> Result<(), Error> {
    let mut before = "";
    for (at, name) in list.split(';').enumerate() {
        if at >= MAX_SIGNED_HEADERS {
            return Err(Error::TooLong { what: "the number of signed headers", limit: MAX_SIGNED_HEADERS });
        }
        let token = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b",:=\"/\\".contains(&byte);
        if name <= before || name.len() > MAX_NAME || !name.bytes().all(token) {
            return Err(Error::Malformed { what: "SignedHeaders" });
        }
        before = name;
    }
    Ok(())
}

fn payload(value: Option<&str>) -> Result<Payload, Error> {
    let Some(value) = value else { return Ok(Payload::Absent) };
    Ok(match value {
        UNSIGNED => Payload::Unsigned,
        SIGNED_CHUNKS => Payload::Chunked(Chunks::Signed),
        SIGNED_TRAILER => Payload::Chunked(Chunks::SignedTrailer),
        UNSIGNED_TRAILER => Payload::Chunked(Chunks::UnsignedTrailer),
        _ => {
            let hash = unhex(value.as_bytes());
            Payload::Hash(hash.ok_or_else(|| Error::PayloadHash { seen: value.chars().take(MAX_SEEN).collect() })?)
        }
    })
}

fn seconds(text: &str) -> Result<Duration, Error> {
    let seen: i64 = text.parse().map_err(|_| Error::ExpiresMalformed)?;
    let seconds = u64::try_from(seen).ok().filter(|seconds| (1..=MAX_EXPIRES).contains(seconds));
    seconds.map(Duration::from_secs).ok_or(Error::ExpiresOutOfRange { seen })
}

/// A header that may be there once, as text. Bytes outside printable ASCII make it malformed.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::Duplicate { what: name });
    }
    value.to_str().map(|text| Some(text.trim())).map_err(|_| Error::Malformed { what: name })
}

fn one_of<'a>(query: Option<&'a str>, header: Option<&'a str>, what: &'static str) -> Result<Option<&'a str>, Error> {
    match (query, header) {
        (Some(_), Some(_)) => Err(Error::Duplicate { what }),
        (query, header) => Ok(query.or(header)),
    }
}

fn incomplete(form: Form, parts: &[(Part, bool)]) -> Error {
    Error::Incomplete { form, missing: parts.iter().filter(|(_, missing)| *missing).map(|(part, _)| *part).collect() }
}

fn bad_date(seen: &str) -> Error {
    Error::Date { seen: seen.chars().take(MAX_SEEN).collect() }
}

pub(crate) const AMZ_DATE: &str = "x-amz-date";
pub(crate) const SECURITY_TOKEN: &str = "x-amz-security-token";
pub(crate) const CONTENT_SHA256: &str = "x-amz-content-sha256";

pub(crate) const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
pub(crate) const SIGNED_CHUNKS: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
pub(crate) const SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
pub(crate) const UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// A week: the longest that a presigned URL may be valid.
pub(crate) const MAX_EXPIRES: u64 = 604_800;
const MAX_AUTHORIZATION: usize = 8 * 1024;
const MAX_CREDENTIAL: usize = 256;
const MAX_SIGNED_HEADERS: usize = 100;
const MAX_NAME: usize = 256;
const MAX_TOKEN: usize = 16 * 1024;
/// How much of a wrong text an error keeps.
const MAX_SEEN: usize = 128;
