//! ListParts: the parts of an upload.
//!
//! Differences from AWS: ids of owner and initiator are the account id and an ARN.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::At;
use crate::bucket::Bucket;
use crate::checksum::Algorithm;
use crate::conditions::quoted;
use crate::headers::shown_time;
use crate::listing::{self, Owner};
use crate::sums::Element;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("uploadId", None)],
    members: &[
        Bind::Query("UploadId", "uploadId"),
        Bind::Query("MaxParts", "max-parts"),
        Bind::Query("PartNumberMarker", "part-number-marker"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    answer: Content::Members("ListPartsResult"),
    ..Route::new("ListParts", "GET", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    upload_id: String,
    max_parts: Option<i64>,
    part_number_marker: Option<u16>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    bucket: String,
    key: String,
    upload_id: String,
    part_number_marker: u16,
    next_part_number_marker: Option<u16>,
    max_parts: usize,
    is_truncated: bool,
    #[serde(rename = "Part")]
    parts: Vec<Element>,
    initiator: Owner,
    owner: Owner,
    storage_class: String,
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.object_need("s3:ListMultipartUploadParts", &input.key)])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let limit = listing::limit(input.max_parts, "Argument max-parts must be an integer between 0 and 2147483647")?;
    let at = At { bucket: &bucket.record, key: &input.key };
    let backend = &call.state.backend;
    let upload = backend.upload(at, &input.upload_id).await?;
    let upload = upload.ok_or_else(|| Error::NoSuchUpload(input.upload_id.clone()))?;
    let marker = input.part_number_marker.unwrap_or(0);
    let mut parts = backend.parts(at, &input.upload_id, marker, limit + 1).await?;
    let is_truncated = parts.len() > limit;
    parts.truncate(limit);
    let next = parts.last().map(|part| part.number).filter(|_| is_truncated);
    let lines = parts.into_iter().map(|part| {
        let members = [
            ("PartNumber", part.number.to_string()),
            ("LastModified", shown_time(part.modified)),
            ("ETag", quoted(&part.e_tag)),
            ("Size", part.size.to_string()),
        ];
        Element::of(members, part.checksum.as_ref())
    });
    Ok(Output {
        bucket: input.bucket,
        key: input.key,
        upload_id: input.upload_id,
        part_number_marker: marker,
        next_part_number_marker: next,
        max_parts: limit,
        is_truncated,
        parts: lines.collect(),
        initiator: Owner::arn(&upload.initiator),
        owner: Owner::of(&bucket),
        storage_class: upload.headers.content.get("StorageClass").cloned().unwrap_or("STANDARD".into()),
        checksum_algorithm: upload.algorithm.map(Algorithm::name),
        checksum_type: upload.algorithm.map(|_| if upload.full_object { "FULL_OBJECT" } else { "COMPOSITE" }),
    })
}
