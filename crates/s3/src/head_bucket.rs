//! HeadBucket: whether a bucket is there and may be listed.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Bind, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: NAMED,
    output: &[Bind::Header("BucketRegion", "x-amz-bucket-region")],
    ..Route::new("HeadBucket", "HEAD", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    bucket_region: String,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:ListBucket")
}

pub async fn run(_: Call<S3>, _: Named, bucket: Bucket) -> Result<Output, Error> {
    Ok(Output { bucket_region: bucket.record.region.to_string() })
}
