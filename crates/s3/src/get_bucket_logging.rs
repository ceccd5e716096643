//! GetBucketLogging: no bucket has a log of its own.
//!
//! Differences from AWS: the audit log of the server has all requests; buckets cannot have logs of their own.

use operation::{Access, Call, Place};
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("logging", None)],
    members: NAMED,
    answer: Content::Members("BucketLoggingStatus"),
    ..Route::new("GetBucketLogging", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketLogging")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<(), Error> {
    Ok(())
}
