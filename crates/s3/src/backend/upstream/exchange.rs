//! One request to the engine and its answer: a success, or the error that it is for the caller.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use md5::{Digest, Md5};
use store::records::buckets::Bucket;
use upstream::{Answer, Body, Request, target};
use wire::Element;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Upstream;
use crate::Error;
use crate::backend::At;
use crate::error::Refused;

/// A request in the making.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) bucket: &'a Bucket,
    pub(super) key: Option<&'a str>,
    pub(super) query: Vec<(&'static str, Option<String>)>,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
    /// May be carried out twice.
    pub(super) repeats: bool,
    /// The condition that a refused precondition names.
    pub(super) condition: &'static str,
}

impl<'a> Ask<'a> {
    /// A request about an object.
    pub(super) fn object(method: Method, at: At<'a>) -> Self {
        Self { key: Some(at.key), ..Self::bucket(method, at.bucket) }
    }

    /// A request about a bucket.
    pub(super) fn bucket(method: Method, bucket: &'a Bucket) -> Self {
        let repeats = method == Method::GET || method == Method::HEAD;
        let (headers, body) = (HeaderMap::new(), Body::Whole(Bytes::new()));
        Self { method, bucket, key: None, query: Vec::new(), headers, body, repeats, condition: "If-Match" }
    }

    /// What it is about, for the errors that may come. A copy's key may be that of its source.
    pub(super) fn about(&self) -> About<'a> {
        let is_copy = self.headers.contains_key("x-amz-copy-source");
        let upload = self.query.iter().find(|(name, _)| *name == "uploadId" && !is_copy);
        let upload = upload.and_then(|(_, value)| value.clone());
        About { bucket: self.bucket, key: self.key.map(str::to_owned), condition: self.condition, upload }
    }

    /// With a parameter that stands alone.
    pub(super) fn flag(mut self, name: &'static str) -> Self {
        self.query.push((name, None));
        self
    }

    /// With a parameter, where there is a value.
    pub(super) fn parameter(mut self, name: &'static str, value: Option<impl Into<String>>) -> Self {
        self.query.extend(value.map(|value| (name, Some(value.into()))));
        self
    }

    /// With a header, where there is a value. Errs where the value is none for a header.
    pub(super) fn header(mut self, name: &'static str, value: Option<&str>) -> Result<Self, Error> {
        if let Some(value) = value {
            self.headers.insert(HeaderName::from_static(name), header_value(value)?);
        }
        Ok(self)
    }

    /// With a document, and the digest that some engines want with it.
    pub(super) fn document(mut self, text: String) -> Result<Self, Error> {
        let digest = BASE64_STANDARD.encode(Md5::digest(text.as_bytes()));
        self.body = Body::Whole(text.into());
        self.header("content-md5", Some(&digest))?.header("content-type", Some("application/xml"))
    }
}

/// A text as the value of a header.
pub(super) fn header_value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| Error::InvalidArgument("Header value cannot be represented"))
}

impl Upstream {
    /// The engine's name of a bucket.
    pub(super) fn theirs(&self, bucket: &Bucket) -> Result<String, Error> {
        self.traits.names.theirs(&bucket.name).ok_or(Error::InvalidBucketName)
    }

    /// A bucket and key as a path of the engine.
    pub(super) fn path(&self, bucket: &Bucket, key: Option<&str>) -> Result<String, Error> {
        let bucket = self.theirs(bucket)?;
        match key {
            None => Ok(format!("/{bucket}")),
            Some(key) if self.takes(key) => Ok(format!("/{bucket}/{}", target::path(key))),
            Some(_) => {
                Err(Error::InvalidArgument("The bucket's engine takes no keys with empty segments, `.` or `..`"))
            }
        }
    }

    /// Asks the engine; any status is an answer.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Answer, Error> {
        let query = target::query(ask.query.iter().map(|(name, value)| (*name, value.as_deref())));
        let mut request = Request::new(ask.method, self.path(ask.bucket, ask.key)?).query(query).body(ask.body);
        for (name, value) in &ask.headers {
            request = request.header(name.clone(), value.clone());
        }
        let request = if ask.repeats { request.repeats() } else { request };
        self.server.call(request).await.map_err(failed)
    }

    /// Asks the engine, and wants it to do so.
    pub(super) async fn carry_out(&self, ask: Ask<'_>) -> Result<Answer, Error> {
        let about = ask.about();
        let answer = self.ask(ask).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(self.refusal(answer, &about).await) }
    }

    /// The same, with the document that is answered. An error may stand in a success, too.
    pub(super) async fn document(&self, ask: Ask<'_>) -> Result<(HeaderMap, Element), Error> {
        let about = ask.about();
        let answer = self.carry_out(ask).await?;
        let headers = answer.headers.clone();
        let id = answer.request_id().unwrap_or("?").to_owned();
        let document = answer.whole(LARGEST_DOCUMENT).await.map_err(failed)?;
        if document.is_empty() {
            return Ok((headers, Element::default()));
        }
        let root = Element::read(&document).map_err(|error| self.nonsense(&error.to_string()))?;
        if root.name == "Error" { Err(self.refused(200, &root, &id, &about)) } else { Ok((headers, root)) }
    }

    /// An answer that no engine gives.
    pub(super) fn nonsense(&self, what: &str) -> Error {
        Error::Unavailable(format!("`{}` answered what is no answer: {what}", self.server.name()).into())
    }

    /// The error that an answer is.
    pub(super) async fn refusal(&self, answer: Answer, about: &About<'_>) -> Error {
        let status = answer.status.as_u16();
        let id = answer.request_id().unwrap_or("?").to_owned();
        let document = answer.whole(LARGEST_ERROR).await.unwrap_or_default();
        let root = Element::read(&document).unwrap_or_default();
        self.refused(status, &root, &id, about)
    }

    pub(super) fn refused(&self, status: u16, root: &Element, id: &str, about: &About<'_>) -> Error {
        let code = root.text_of("Code").unwrap_or_default();
        let is_code = (1..=LONGEST_CODE).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let code = if is_code { code } else { "" };
        let message = root.text_of("Message").unwrap_or_default();
        let told = || -> String {
            let text = format!("`{}` answered {status} {code} {message} (its request {id})", self.server.name());
            text.chars().filter(|character| !character.is_control()).take(LONGEST_MESSAGE).collect()
        };
        let key = || about.key.clone().unwrap_or_default();
        match (code, status) {
            ("NoSuchUpload", _) => Error::NoSuchUpload(about.upload.clone().unwrap_or_default()),
            // Some engines say so of an upload that is gone.
            ("NoSuchKey", _) => match &about.upload {
                Some(id) => Error::NoSuchUpload(id.clone()),
                None => Error::NoSuchKey(key()),
            },
            ("NoSuchBucket", _) => Error::NoSuchBucket(about.bucket.name.clone()),
            ("NoSuchVersion", _) => Error::NoSuchVersion,
            ("PreconditionFailed", _) | ("", 412) => Error::PreconditionFailed(about.condition),
            ("ConditionalRequestConflict", _) => Error::ConditionalRequestConflict,
            ("OperationAborted", _) => Error::OperationAborted,
            ("InvalidPart", _) => Error::InvalidPart,
            ("InvalidPartOrder", _) => Error::InvalidPartOrder,
            ("EntityTooSmall", _) => Error::EntityTooSmall,
            ("EntityTooLarge", _) => Error::EntityTooLarge,
            ("BucketNotEmpty", _) => Error::BucketNotEmpty,
            ("MetadataTooLarge", _) => Error::MetadataTooLarge,
            ("BadDigest", _) => Error::BadDigest,
            ("SlowDown", _) | ("", 429) => Error::SlowDown(told().into()),
            ("", 404) => {
                if about.key.is_some() {
                    Error::NoSuchKey(key())
                } else {
                    Error::NoSuchBucket(about.bucket.name.clone())
                }
            }
            // It is the configured credentials that are refused, or the configured place that is another.
            (code, _) if OURS.contains(&code) => Error::internal(told()),
            (_, ..400) if status != 200 => Error::internal(told()),
            ("", 400..500) => Error::internal(told()),
            ("", _) | (_, 500 | 502..) => Error::Unavailable(told().into()),
            (code, status) => {
                let status = if status == 200 { 500 } else { status };
                let message = self.clean(message, about.bucket);
                Error::Engine(Box::new(Refused { code: code.to_owned(), status, message }))
            }
        }
    }

    /// Words of the engine, without what is not for callers.
    fn clean(&self, message: &str, bucket: &Bucket) -> String {
        let theirs = self.theirs(bucket).unwrap_or_default();
        let endpoint = self.server.endpoint();
        let hidden = [endpoint.authority(), endpoint.host(), &self.traits.access_key_id];
        let shows = hidden.iter().any(|hidden| !hidden.is_empty() && message.contains(hidden))
            || (theirs != bucket.name && message.contains(&theirs));
        if shows || message.is_empty() {
            return "The bucket's engine refused the request.".to_owned();
        }
        message.chars().filter(|character| !character.is_control()).take(LONGEST_MESSAGE).collect()
    }
}

/// What a request is about.
pub(super) struct About<'a> {
    pub(super) bucket: &'a Bucket,
    pub(super) key: Option<String>,
    pub(super) condition: &'static str,
    /// The upload.
    pub(super) upload: Option<String>,
}

/// A call without an answer, as the caller meets it.
pub(super) fn failed(error: upstream::Error) -> Error {
    match error {
        busy @ (upstream::Error::Busy { .. } | upstream::Error::Crowded { .. }) => Error::SlowDown(busy.into()),
        error if error.is_passing() => Error::Unavailable(error.into()),
        other => Error::internal(other),
    }
}

/// Refusals of the one who signed: us.
const OURS: [&str; 16] = [
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthorizationHeaderMalformed",
    "AuthorizationQueryParametersError",
    "CredentialsNotSupported",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "NotSignedUp",
    "PermanentRedirect",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TemporaryRedirect",
    "XAmzContentSHA256Mismatch",
];

const LARGEST_DOCUMENT: usize = 16 * 1024 * 1024;
const LARGEST_ERROR: usize = 64 * 1024;
const LONGEST_CODE: usize = 64;
const LONGEST_MESSAGE: usize = 512;
