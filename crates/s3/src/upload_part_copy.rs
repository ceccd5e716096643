//! UploadPartCopy: a part whose bytes are those of an object, or a range of it.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::At;
use crate::bucket::{Bucket, check_key};
use crate::conditions::quoted;
use crate::copies::{Origin, SOURCE, Source};
use crate::headers::{join, shown_time};
use crate::incoming::LARGEST;
use crate::sums::Sums;
use crate::upload_part::part_number;
use crate::{Error, S3, range};

pub const ROUTE: Route = Route {
    flags: &[("partNumber", None), ("uploadId", None)],
    headers: &["x-amz-copy-source"],
    members: &MEMBERS,
    output: &[Bind::Header("SourceVersion", "x-amz-copy-source-version-id")],
    answer: Content::Members("CopyPartResult"),
    ..Route::new("UploadPartCopy", "PUT", "/{Bucket}/{Key+}")
};

const MEMBERS: [Bind; 10] = join(SOURCE, COPY);

const COPY: [Bind; 4] = [
    Bind::Query("PartNumber", "partNumber"),
    Bind::Query("UploadId", "uploadId"),
    Bind::Header("CopySourceRange", "x-amz-copy-source-range"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    part_number: String,
    upload_id: String,
    copy_source_range: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    source: Source,
}

/// Both buckets, and what is copied.
pub struct Facts {
    origin: Origin,
    bucket: Bucket,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    last_modified: String,
    e_tag: String,
    source_version: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let bucket = Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()).await?;
        Ok(Facts { origin: input.source.find(visit).await?, bucket })
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let need = facts.bucket.object_need("s3:PutObject", &input.key);
    let need = need.with("s3:ObjectCreationOperation", false).with("s3:x-amz-copy-source", facts.origin.path());
    let mut needs = vec![need];
    needs.extend(facts.origin.needs());
    Access::all(needs)
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    check_key(&input.key)?;
    let number = part_number(&input.part_number)?;
    let from_key = facts.origin.key.clone();
    let (origin, found) = facts.origin.checked(&call, &input.source)?;
    let size = found.object.size;
    let range = match input.copy_source_range.as_deref() {
        None => 0..size,
        Some(header) => range::parse(header, size)?.ok_or(WRONG_RANGE)?,
    };
    if range.end - range.start > LARGEST {
        return Err(Error::EntityTooLarge);
    }
    let backend = &call.state.backend;
    let at = At { bucket: &facts.bucket.record, key: &input.key };
    let from = At { bucket: &origin.record, key: &from_key };
    let part = backend.copy_part((from, &found), range, at, &input.upload_id, number).await?;
    Ok(Output {
        last_modified: shown_time(part.modified),
        e_tag: quoted(&part.e_tag),
        source_version: found.version,
        sums: Sums::of(part.checksum.as_ref()),
    })
}

const WRONG_RANGE: Error = Error::InvalidArgument(
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based \
     offsets of the first and last bytes to copy",
);
