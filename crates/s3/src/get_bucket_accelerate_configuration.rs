//! GetBucketAccelerateConfiguration: no bucket has accelerated transfer.
//!
//! Differences from AWS: there is no accelerated transfer.

use operation::{Access, Call, Place};
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("accelerate", None)],
    members: NAMED,
    answer: Content::Members("AccelerateConfiguration"),
    ..Route::new("GetBucketAccelerateConfiguration", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetAccelerateConfiguration")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<(), Error> {
    Ok(())
}
