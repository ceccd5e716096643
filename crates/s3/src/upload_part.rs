//! UploadPart: one part of an object; a part of the same number is replaced.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::At;
use crate::bucket::{Bucket, check_key};
use crate::conditions::quoted;
use crate::put_object::Announced;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("partNumber", None), ("uploadId", None)],
    members: &[
        Bind::Query("PartNumber", "partNumber"),
        Bind::Query("UploadId", "uploadId"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
        Bind::Header("ContentMd5", "content-md5"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ChecksumAlgorithm", "x-amz-sdk-checksum-algorithm"),
        Bind::Header("Trailer", "x-amz-trailer"),
        Bind::Header("ContentLength", "content-length"),
        Bind::Header("DecodedLength", "x-amz-decoded-content-length"),
        Bind::Header("PayloadHash", "x-amz-content-sha256"),
    ],
    body: Content::Streamed,
    output: &[Bind::Header("ETag", "etag"), Bind::Headers("Checksums", "x-amz-checksum-")],
    ..Route::new("UploadPart", "PUT", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    part_number: String,
    upload_id: String,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    body: Announced,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    e_tag: String,
    checksums: BTreeMap<String, String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.object_need("s3:PutObject", &input.key).with("s3:ObjectCreationOperation", false)])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    check_key(&input.key)?;
    let number = part_number(&input.part_number)?;
    let body = input.body.incoming(&call)?;
    let at = At { bucket: &bucket.record, key: &input.key };
    let part = call.state.backend.put_part(at, &input.upload_id, number, body).await?;
    let mut checksums = part.checksum.map(|checksum| checksum.headers()).unwrap_or_default();
    checksums.remove("type");
    Ok(Output { e_tag: quoted(&part.e_tag), checksums })
}

/// 1 to 10,000.
pub fn part_number(text: &str) -> Result<u16, Error> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or(Error::InvalidArgument("Part number must be an integer between 1 and 10000, inclusive"))
}
