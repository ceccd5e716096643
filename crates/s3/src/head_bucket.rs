//! HeadBucket: whether a bucket is there and may be listed.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Route};

use crate::bucket::Bucket;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    output: &[Bind::Header("BucketRegion", "x-amz-bucket-region")],
    ..Route::new("HeadBucket", "HEAD", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    bucket_region: String,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:ListBucket")])
}

pub async fn run(_: Call<S3>, _: Input, bucket: Bucket) -> Result<Output, Error> {
    Ok(Output { bucket_region: bucket.record.region.to_string() })
}
