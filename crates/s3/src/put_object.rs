//! PutObject: writes an object, whole or not at all.
//!
//! Differences from AWS: no ACLs, no server-side encryption of its own and no object lock; headers
//! that ask for them are refused. A checksum is kept only where the client names an algorithm.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Context;
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Made};
use crate::bucket::{Bucket, check_key, is_anonymous};
use crate::conditions::{Precondition, quoted};
use crate::headers::{WRITTEN, Written, join};
use crate::incoming::{Incoming, LARGEST, Promise};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &MEMBERS,
    body: Content::Streamed,
    output: &[
        Bind::Header("ETag", "etag"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("Size", "x-amz-object-size"),
        Bind::Header("VersionId", "x-amz-version-id"),
    ],
    ..Route::new("PutObject", "PUT", "/{Bucket}/{Key+}")
};

const MEMBERS: [Bind; 24] = join(WRITTEN, PUT);

const PUT: [Bind; 10] = [
    Bind::Header("IfMatch", "if-match"),
    Bind::Header("IfNoneMatch", "if-none-match"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    Bind::Header("ContentMd5", "content-md5"),
    Bind::Headers("Checksums", "x-amz-checksum-"),
    Bind::Header("ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
    Bind::Header("Trailer", "x-amz-trailer"),
    Bind::Header("ContentLength", "content-length"),
    Bind::Header("DecodedLength", "x-amz-decoded-content-length"),
    Bind::Header("PayloadHash", "x-amz-content-sha256"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    body: Announced,
    #[serde(flatten)]
    written: Written,
}

/// What a request announces about its streamed body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Announced {
    content_md5: Option<String>,
    checksums: BTreeMap<String, String>,
    checksum_algorithm: Option<String>,
    trailer: Option<String>,
    content_length: Option<String>,
    decoded_length: Option<String>,
    payload_hash: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    e_tag: String,
    checksums: BTreeMap<String, String>,
    size: u64,
    version_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut keys = Context::new();
    keys.set("s3:ObjectCreationOperation", true);
    keys.set_some("s3:if-match", input.if_match.as_deref());
    keys.set_some("s3:if-none-match", input.if_none_match.as_deref());
    Access::all(input.written.needs(bucket, &input.key, &keys))
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    check_key(&input.key)?;
    let precondition = Precondition::of(input.if_match.as_deref(), input.if_none_match.as_deref())?;
    let headers = input.written.headers()?;
    let body = input.body.incoming(&call)?.provided(bucket.stays(&call));
    let at = At { bucket: &bucket.record, key: &input.key };
    let Made { object, version } = call.state.backend.put(at, headers, &precondition, body).await?;
    let checksums = object.checksum.as_ref().map(|checksum| checksum.headers()).unwrap_or_default();
    Ok(Output { e_tag: quoted(&object.e_tag), checksums, size: object.size, version_id: version })
}

impl Announced {
    /// The body of a call. Errs where its length is not announced, or too large.
    pub fn incoming(&self, call: &Call<S3>) -> Result<Incoming, Error> {
        let is_chunked = self.payload_hash.as_deref().is_some_and(|hash| hash.starts_with("STREAMING-"));
        if is_chunked && is_anonymous(call.visit()) {
            // Chunks are taken apart where their signature is checked.
            return Err(Error::NotImplemented("x-amz-content-sha256"));
        }
        let body = call.take_body();
        // A request without a length and without chunks has no body.
        let is_empty = body.as_ref().is_none_or(http_body::Body::is_end_stream);
        let length = if is_chunked { &self.decoded_length } else { &self.content_length };
        let length = length.as_deref().or(is_empty.then_some("0")).ok_or(Error::MissingContentLength)?;
        let length: u64 = length.parse().map_err(|_| Error::InvalidArgument("Content-Length is not a number"))?;
        if length > LARGEST {
            return Err(Error::EntityTooLarge);
        }
        let promise = Promise {
            length: Some(length),
            md5: self.content_md5.as_deref(),
            checksums: Some(&self.checksums),
            algorithm: self.checksum_algorithm.as_deref(),
            trailer: self.trailer.as_deref().filter(|_| is_chunked),
        };
        Incoming::new(body, &promise)
    }
}
