//! Reading a signature: who claims to have signed, what, and when. Nothing here is verified.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::header::{HeaderMap, HeaderValue};
use vocab::Timestamp;

use crate::verify::word;
use crate::{ALGORITHM, Error, Form, Part, Request, TERMINATOR, hex, uri};

/// What a request says about its own signature. Believe none of it before [`Claim::verify`]. It borrows from the
/// request what stands there as it was signed.
#[derive(Debug, Clone)]
pub struct Claim<'a> {
    /// The signed headers: names divided by semicolons.
    pub signed_headers: Cow<'a, str>,
    /// When the request was signed.
    pub time: Timestamp,
    /// The session token; needed with temporary credentials.
    pub session_token: Option<Token<'a>>,
    /// How the body takes part.
    pub payload: Payload,
    /// Where the signature stands.
    pub place: Place,
    credential: Credential<'a>,
    /// The time as it was signed, `20260102T030405Z`.
    pub(crate) stamp: Cow<'a, str>,
    pub(crate) signature: Signature,
}

/// The scope of a credential, without its constant last element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope<'a> {
    /// The day, as `20260102`.
    pub date: &'a str,
    /// The region.
    pub region: &'a str,
    /// The signing name of the service.
    pub service: &'a str,
}

/// A session token as a request brings it. It does not print.
#[derive(Clone)]
pub struct Token<'a>(Cow<'a, str>);

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

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

impl fmt::Debug for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Token<'_> {
    /// The one way out. Call it where the token is opened, not earlier.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Payload {
    /// As `x-amz-content-sha256` has it; nothing where the request does not say.
    pub fn text(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Hash(hash) => Some(hex::text(hash).into()),
            Self::Unsigned => Some(UNSIGNED.into()),
            Self::Chunked(chunks) => Some(word(*chunks).into()),
            Self::Absent => None,
        }
    }
}

impl Claim<'_> {
    /// The access key id: whose secret to look up.
    pub fn access_key_id(&self) -> &str {
        self.credential.key()
    }

    /// What the signing key is good for.
    pub fn scope(&self) -> Scope<'_> {
        self.credential.scope()
    }

    /// The scope as it was signed.
    pub(crate) fn scope_text(&self) -> &str {
        self.credential.scope_text()
    }
}

/// Reads who claims to have signed a request; `None` where it is not signed at all.
///
/// Errs where it tries to and the form is wrong, where it signs twice, and for Version 2.
pub fn read<'a>(request: &Request<'a>) -> Result<Option<Claim<'a>>, Error> {
    if request.query.len() > uri::MAX_QUERY {
        return Err(Error::TooLong { what: "the query string", limit: uri::MAX_QUERY });
    }
    let query = QueryParts::read(request.query)?;
    let headers = HeaderParts::read(request.headers);
    match headers.authorization.text("authorization")? {
        Some(_) if query.authenticates() => Err(Error::TwoMechanisms),
        Some(header) => from_header(header, &headers).map(Some),
        None if query.authenticates() => from_query(query, &headers).map(Some),
        None => Ok(None),
    }
}

fn from_header<'a>(header: &'a str, headers: &HeaderParts<'a>) -> Result<Claim<'a>, Error> {
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
    for part in rest.split(',').map(str::trim_ascii).filter(|part| !part.is_empty()) {
        let (what, slot, value) = if let Some(value) = part.strip_prefix("Credential=") {
            ("Credential", &mut credential, value)
        } else if let Some(value) = part.strip_prefix("SignedHeaders=") {
            ("SignedHeaders", &mut signed_headers, value)
        } else if let Some(value) = part.strip_prefix("Signature=") {
            ("Signature", &mut signature, value)
        } else {
            return Err(Error::Malformed { what: "Authorization" });
        };
        if slot.replace(value).is_some() {
            return Err(Error::Duplicate { what });
        }
    }
    let date = match headers.amz_date.text(AMZ_DATE)? {
        Some(date) => Some(date),
        None => headers.date.text("date")?,
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
        credential: Cow::Borrowed(credential),
        signature,
        signed_headers: Cow::Borrowed(signed_headers),
        time,
        stamp: if basic.is_some() { Cow::Borrowed(date) } else { Cow::Owned(time.amz_date()) },
        token: headers.token.text(SECURITY_TOKEN)?.map(Cow::Borrowed),
        payload: payload(headers.content_sha256.text(CONTENT_SHA256)?)?,
        place: Place::Header,
    }
    .claim()
}

fn from_query<'a>(query: QueryParts<'a>, headers: &HeaderParts<'a>) -> Result<Claim<'a>, Error> {
    let QueryParts { algorithm, credential, signature, signed_headers, date, expires, token, content_sha256 } = query;
    if let Some(seen) = algorithm.as_ref().filter(|algorithm| *algorithm != ALGORITHM) {
        return Err(Error::Algorithm { seen: seen.chars().take(MAX_SEEN).collect() });
    }
    let parts = [
        (Part::Algorithm, algorithm.is_none()),
        (Part::Credential, credential.is_none()),
        (Part::Signature, signature.is_none()),
        (Part::SignedHeaders, signed_headers.is_none()),
        (Part::Date, date.is_none()),
    ];
    let (Some(_), Some(credential), Some(signature), Some(signed_headers), Some(date)) =
        (algorithm, credential, signature, signed_headers, date)
    else {
        return Err(incomplete(Form::Query, &parts));
    };
    let token_header = headers.token.text(SECURITY_TOKEN)?.map(Cow::Borrowed);
    let content_header = headers.content_sha256.text(CONTENT_SHA256)?.map(Cow::Borrowed);
    Raw {
        credential,
        signature: &signature,
        signed_headers,
        time: Timestamp::from_amz_date(&date).ok_or_else(|| bad_date(&date))?,
        stamp: date,
        token: one_of(token, token_header, SECURITY_TOKEN)?,
        payload: payload(one_of(content_sha256, content_header, CONTENT_SHA256)?.as_deref())?,
        place: Place::Query { expires: expires.as_deref().map(seconds).transpose()? },
    }
    .claim()
}

/// The texts of a signature, from either form, before they are checked.
pub(crate) struct Raw<'a, 's> {
    pub(crate) credential: Cow<'a, str>,
    pub(crate) signature: &'s str,
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) time: Timestamp,
    pub(crate) stamp: Cow<'a, str>,
    pub(crate) token: Option<Cow<'a, str>>,
    pub(crate) payload: Payload,
    pub(crate) place: Place,
}

impl<'a> Raw<'a, '_> {
    pub(crate) fn claim(self) -> Result<Claim<'a>, Error> {
        let credential = Credential::read(self.credential)?;
        if self.token.as_ref().is_some_and(|token| token.len() > MAX_TOKEN) {
            return Err(Error::TooLong { what: "the session token", limit: MAX_TOKEN });
        }
        if self.token.is_none() && credential.key().starts_with("ASIA") {
            return Err(Error::TokenMissing);
        }
        Ok(Claim {
            signed_headers: self.signed_headers,
            time: self.time,
            session_token: self.token.map(Token),
            payload: self.payload,
            place: self.place,
            credential,
            stamp: self.stamp,
            signature: Signature(hex::decode(self.signature.as_bytes()).ok_or(Error::Mismatch)?),
        })
    }
}

/// `key/date/region/service/aws4_request`, in one piece: the scope is signed as it stands there.
#[derive(Debug, Clone)]
struct Credential<'a> {
    text: Cow<'a, str>,
    /// Where each of the first four elements ends.
    ends: [usize; 4],
}

impl<'a> Credential<'a> {
    fn read(text: Cow<'a, str>) -> Result<Self, Error> {
        if text.len() > MAX_CREDENTIAL {
            return Err(Error::TooLong { what: "the credential", limit: MAX_CREDENTIAL });
        }
        let wrong = || Error::Credential { seen: text.clone().into_owned() };
        let mut slashes = text.bytes().enumerate().filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
        let mut slash = || slashes.next().ok_or_else(wrong);
        let ends = [slash()?, slash()?, slash()?, slash()?];
        if slashes.next().is_some() {
            return Err(wrong());
        }
        let end = text.get(ends[3] + 1..).unwrap_or_default();
        if end != TERMINATOR {
            return Err(Error::Terminator { seen: end.to_owned() });
        }
        Ok(Self { text, ends })
    }

    fn key(&self) -> &str {
        self.text.get(..self.ends[0]).unwrap_or_default()
    }

    fn scope(&self) -> Scope<'_> {
        let [key, date, region, service] = self.ends;
        let element = |before: usize, end: usize| self.text.get(before + 1..end).unwrap_or_default();
        Scope { date: element(key, date), region: element(date, region), service: element(region, service) }
    }

    fn scope_text(&self) -> &str {
        self.text.get(self.ends[0] + 1..).unwrap_or_default()
    }
}

/// The headers that belong to a signature, found in one pass.
#[derive(Default)]
struct HeaderParts<'a> {
    authorization: Single<'a>,
    amz_date: Single<'a>,
    date: Single<'a>,
    token: Single<'a>,
    content_sha256: Single<'a>,
}

impl<'a> HeaderParts<'a> {
    fn read(headers: &'a HeaderMap) -> Self {
        let mut parts = Self::default();
        for (name, value) in headers {
            let slot = match name.as_str() {
                "authorization" => &mut parts.authorization,
                AMZ_DATE => &mut parts.amz_date,
                "date" => &mut parts.date,
                SECURITY_TOKEN => &mut parts.token,
                CONTENT_SHA256 => &mut parts.content_sha256,
                _ => continue,
            };
            slot.twice = slot.value.replace(value).is_some();
        }
        parts
    }
}

/// A header that may be there once.
#[derive(Default)]
struct Single<'a> {
    value: Option<&'a HeaderValue>,
    twice: bool,
}

impl<'a> Single<'a> {
    fn text(&self, what: &'static str) -> Result<Option<&'a str>, Error> {
        if self.twice { Err(Error::Duplicate { what }) } else { self.value.map(|value| plain(value, what)).transpose() }
    }
}

/// The query parameters that belong to a signature, decoded.
#[derive(Default)]
struct QueryParts<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    token: Option<Cow<'a, str>>,
    content_sha256: Option<Cow<'a, str>>,
}

impl<'a> QueryParts<'a> {
    fn read(query: &'a str) -> Result<Self, Error> {
        let mut parts = Self::default();
        // Names may be escaped: only a query without escapes can be dismissed by its letters.
        if query.is_empty() || !query.contains('%') && !query.contains("X-Amz-") && !query.contains("AWSAccessKeyId") {
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
            let value = uri::decode(value).ok_or(Error::Malformed { what })?;
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

fn payload(value: Option<&str>) -> Result<Payload, Error> {
    let Some(value) = value else { return Ok(Payload::Absent) };
    Ok(match value {
        UNSIGNED => Payload::Unsigned,
        SIGNED_CHUNKS => Payload::Chunked(Chunks::Signed),
        SIGNED_TRAILER => Payload::Chunked(Chunks::SignedTrailer),
        UNSIGNED_TRAILER => Payload::Chunked(Chunks::UnsignedTrailer),
        _ => {
            let hash = hex::decode(value.as_bytes());
            Payload::Hash(hash.ok_or_else(|| Error::PayloadHash { seen: value.chars().take(MAX_SEEN).collect() })?)
        }
    })
}

fn seconds(text: &str) -> Result<Duration, Error> {
    let seen: i64 = text.parse().map_err(|_| Error::ExpiresMalformed)?;
    let seconds = u64::try_from(seen).ok().filter(|seconds| (1..=MAX_EXPIRES).contains(seconds));
    seconds.map(Duration::from_secs).ok_or(Error::ExpiresOutOfRange { seen })
}

/// A header that may be there once, as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::Duplicate { what: name });
    }
    plain(value, name).map(Some)
}

/// The text of a header. Bytes outside printable ASCII make it malformed.
pub(crate) fn plain<'a>(value: &'a HeaderValue, what: &'static str) -> Result<&'a str, Error> {
    // A header value has no control characters but the tab, so what is ASCII is printable.
    let text = str::from_utf8(value.as_bytes()).ok().filter(|text| text.is_ascii());
    text.map(str::trim_ascii).ok_or(Error::Malformed { what })
}

fn one_of<'a>(
    query: Option<Cow<'a, str>>,
    header: Option<Cow<'a, str>>,
    what: &'static str,
) -> Result<Option<Cow<'a, str>>, Error> {
    match (query, header) {
        (Some(_), Some(_)) => Err(Error::Duplicate { what }),
        (query, header) => Ok(query.or(header)),
    }
}

pub(crate) fn incomplete(form: Form, parts: &[(Part, bool)]) -> Error {
    Error::Incomplete { form, missing: parts.iter().filter(|(_, missing)| *missing).map(|(part, _)| *part).collect() }
}

pub(crate) fn bad_date(seen: &str) -> Error {
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
const MAX_TOKEN: usize = 16 * 1024;
/// How much of a wrong text an error keeps.
const MAX_SEEN: usize = 128;
