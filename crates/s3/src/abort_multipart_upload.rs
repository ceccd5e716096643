//! AbortMultipartUpload: forgets an upload and its parts.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Route};

use crate::backend::At;
use crate::bucket::Bucket;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("uploadId", None)],
    members: &[Bind::Query("UploadId", "uploadId"), Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    status: 204,
    ..Route::new("AbortMultipartUpload", "DELETE", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    upload_id: String,
    expected_bucket_owner: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.object_need("s3:AbortMultipartUpload", &input.key)])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<(), Error> {
    call.state.backend.abort(At { bucket: &bucket.record, key: &input.key }, &input.upload_id).await
}
