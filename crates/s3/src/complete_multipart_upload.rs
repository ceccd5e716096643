//! CompleteMultipartUpload: makes the object of its parts. Nothing is copied.
//!
//! Differences from AWS: the answer comes when the object is there, so it never fails after its
//! status was sent.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Chosen, Expected, Made};
use crate::bucket::{Bucket, check_key};
use crate::checksum::Checksum;
use crate::conditions::{Precondition, bare, quoted};
use crate::incoming::given_checksum;
use crate::sums::Sums;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("uploadId", None)],
    members: &[
        Bind::Query("UploadId", "uploadId"),
        Bind::Header("IfMatch", "if-match"),
        Bind::Header("IfNoneMatch", "if-none-match"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ObjectSize", "x-amz-mp-object-size"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Member("CompleteMultipartUpload"),
    output: &[Bind::Header("VersionId", "x-amz-version-id")],
    answer: Content::Members("CompleteMultipartUploadResult"),
    ..Route::new("CompleteMultipartUpload", "POST", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    upload_id: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    object_size: Option<u64>,
    expected_bucket_owner: Option<String>,
    complete_multipart_upload: Option<Document>,
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "Part", default)]
    parts: Vec<Part>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    part_number: u16,
    e_tag: String,
    #[serde(flatten)]
    sums: Sums,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    location: String,
    bucket: String,
    key: String,
    e_tag: String,
    #[serde(flatten)]
    sums: Sums,
    checksum_type: Option<&'static str>,
    version_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut need = bucket.object_need("s3:PutObject", &input.key).with("s3:ObjectCreationOperation", true);
    need.context.set_some("s3:if-match", input.if_match.as_deref());
    need.context.set_some("s3:if-none-match", input.if_none_match.as_deref());
    Access::all([need])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    check_key(&input.key)?;
    let precondition = Precondition::of(input.if_match.as_deref(), input.if_none_match.as_deref())?;
    let parts = input.complete_multipart_upload.map(|document| document.parts).unwrap_or_default();
    if parts.is_empty() || parts.len() > 10_000 {
        return Err(Error::MalformedXml);
    }
    let chosen: Vec<Chosen> = parts.into_iter().map(chosen).collect();
    let expected = Expected { checksum: given_checksum(&input.checksums)?, size: input.object_size };
    let at = At { bucket: &bucket.record, key: &input.key };
    let made = call.state.backend.complete(at, &input.upload_id, &chosen, &precondition, &expected).await?;
    let Made { object, version } = made;
    Ok(Output {
        location: format!("/{}/{}", input.bucket, input.key),
        bucket: input.bucket,
        key: input.key,
        e_tag: quoted(&object.e_tag),
        version_id: version,
        checksum_type: object.checksum.as_ref().map(Checksum::kind),
        sums: Sums::of(object.checksum.as_ref()),
    })
}

fn chosen(part: Part) -> Chosen {
    Chosen { number: part.part_number, e_tag: bare(&part.e_tag).to_owned(), checksum: part.sums.first() }
}
