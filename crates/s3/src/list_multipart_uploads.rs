//! ListMultipartUploads: the uploads of a bucket that are neither completed nor aborted.
//!
//! Differences from AWS: ids of owner and initiator are the account id and an ARN; uploads of one
//! key stand in the order of their ids, not of their beginnings.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{Entry, Query};
use crate::bucket::Bucket;
use crate::headers::shown_time;
use crate::listing::{self, CommonPrefix, Owner, Spelling};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("uploads", None)],
    members: &[
        Bind::Query("Prefix", "prefix"),
        Bind::Query("Delimiter", "delimiter"),
        Bind::Query("MaxUploads", "max-uploads"),
        Bind::Query("KeyMarker", "key-marker"),
        Bind::Query("UploadIdMarker", "upload-id-marker"),
        Bind::Query("EncodingType", "encoding-type"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    answer: Content::Members("ListMultipartUploadsResult"),
    ..Route::new("ListMultipartUploads", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_uploads: Option<i64>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    encoding_type: Option<String>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    bucket: String,
    key_marker: String,
    upload_id_marker: String,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    encoding_type: Option<String>,
    max_uploads: usize,
    is_truncated: bool,
    #[serde(rename = "Upload")]
    uploads: Vec<Line>,
    common_prefixes: Vec<CommonPrefix>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    key: String,
    upload_id: String,
    initiator: Owner,
    owner: Owner,
    storage_class: String,
    initiated: String,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut need = bucket.need("s3:ListBucketMultipartUploads");
    need.context.set_some("s3:prefix", input.prefix.as_deref());
    need.context.set_some("s3:delimiter", input.delimiter.as_deref());
    Access::all([need])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let spelling = Spelling::of(input.encoding_type.as_deref())?;
    let limit = listing::limit(input.max_uploads, "Argument max-uploads must be an integer between 1 and 2147483647")?;
    let delimiter = input.delimiter.as_deref().filter(|delimiter| !delimiter.is_empty());
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let after = input.key_marker.as_deref().filter(|marker| !marker.is_empty());
    let after_id = input.upload_id_marker.as_deref().filter(|marker| !marker.is_empty());
    let query = Query { prefix, delimiter, after, limit: limit.max(1) };
    let page = call.state.backend.uploads(&bucket.record, &query, after_id).await?;
    let is_truncated = page.truncated;
    let (mut next_key_marker, mut next_upload_id_marker) = (None, None);
    if let Some(last) = page.entries.last().filter(|_| is_truncated) {
        match last {
            Entry::Prefix(prefix) => next_key_marker = Some(spelling.write(prefix)),
            Entry::Key(key, upload) => {
                next_key_marker = Some(spelling.write(key));
                next_upload_id_marker = Some(upload.id.clone());
            }
        }
    }
    let owner = Owner::of(&bucket);
    let (mut uploads, mut common_prefixes) = (Vec::new(), Vec::new());
    for entry in page.entries {
        match entry {
            Entry::Prefix(prefix) => common_prefixes.push(CommonPrefix { prefix: spelling.write(&prefix) }),
            Entry::Key(key, upload) => uploads.push(Line {
                key: spelling.write(&key),
                initiator: Owner::arn(&upload.initiator),
                owner: owner.clone(),
                storage_class: upload.headers.content.get("StorageClass").cloned().unwrap_or("STANDARD".into()),
                initiated: shown_time(upload.begun),
                upload_id: upload.id,
            }),
        }
    }
    Ok(Output {
        bucket: input.bucket,
        key_marker: spelling.write(input.key_marker.as_deref().unwrap_or_default()),
        upload_id_marker: input.upload_id_marker.unwrap_or_default(),
        next_key_marker,
        next_upload_id_marker,
        prefix: input.prefix.map(|prefix| spelling.write(&prefix)),
        delimiter: delimiter.map(|delimiter| spelling.write(delimiter)),
        encoding_type: input.encoding_type,
        max_uploads: limit.max(1),
        is_truncated,
        uploads,
        common_prefixes,
    })
}
