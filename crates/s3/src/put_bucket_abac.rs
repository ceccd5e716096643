//! PutBucketAbac: whether the tags of a bucket take part in decisions.
//!
//! Differences from AWS: PutBucketTagging and DeleteBucketTagging go on working, and then need `s3:TagResource` and `s3:UntagResource` too.

use operation::{Access, Call, Place};
use serde::Deserialize;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("abac", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutBucketAbac", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Status {
    status: String,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketAbac")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<(), Error> {
    let Status { status } = input.read("AbacStatus")?;
    let abac = match status.as_str() {
        "Enabled" => true,
        "Disabled" => false,
        _ => return Err(Error::MalformedXml),
    };
    bucket.change(&call, |record| record.abac = abac).await
}
