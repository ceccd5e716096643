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
use crate::checksum::{Algorithm, Checksum};
use crate::conditions::{Precondition, bare, quoted};
use crate::incoming::given_checksum;
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
    #[serde(rename = "ChecksumCRC32")]
    crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    sha256: Option<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    location: String,
    bucket: String,
    key: String,
    e_tag: String,
    #[serde(rename = "ChecksumCRC32")]
    crc32: Option<String>,
    #[serde(rename = "ChecksumCRC32C")]
    crc32c: Option<String>,
    #[serde(rename = "ChecksumCRC64NVME")]
    crc64nvme: Option<String>,
    #[serde(rename = "ChecksumSHA1")]
    sha1: Option<String>,
    #[serde(rename = "ChecksumSHA256")]
    sha256: Option<String>,
    checksum_type: Option<String>,
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
    let mut output = Output {
        location: format!("/{}/{}", input.bucket, input.key),
        bucket: input.bucket,
        key: input.key,
        e_tag: quoted(&object.e_tag),
        version_id: version,
        ..Output::default()
    };
    if let Some(checksum) = object.checksum {
        output.checksum_type = checksum.headers().remove("type");
        output.show(checksum);
    }
    Ok(output)
}

impl Output {
    fn show(&mut self, checksum: Checksum) {
        let place = match checksum.algorithm {
            Algorithm::Crc32 => &mut self.crc32,
            Algorithm::Crc32c => &mut self.crc32c,
            Algorithm::Crc64nvme => &mut self.crc64nvme,
            Algorithm::Sha1 => &mut self.sha1,
            Algorithm::Sha256 => &mut self.sha256,
        };
        *place = Some(checksum.value);
    }
}

fn chosen(part: Part) -> Chosen {
    let given = [
        (Algorithm::Crc32, part.crc32),
        (Algorithm::Crc32c, part.crc32c),
        (Algorithm::Crc64nvme, part.crc64nvme),
        (Algorithm::Sha1, part.sha1),
        (Algorithm::Sha256, part.sha256),
    ];
    let checksum = given.into_iter().find_map(|(algorithm, value)| Some((algorithm, value?)));
    Chosen { number: part.part_number, e_tag: bare(&part.e_tag).to_owned(), checksum }
}
