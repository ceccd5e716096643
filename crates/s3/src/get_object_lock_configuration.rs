//! GetObjectLockConfiguration: no bucket locks its objects.
//!
//! Differences from AWS: there is no object lock.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named, NotSet};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("object-lock", None)],
    members: NAMED,
    ..Route::new("GetObjectLockConfiguration", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketObjectLockConfiguration")
}

pub async fn run(_: Call<S3>, input: Named, _: Bucket) -> Result<(), Error> {
    Err(Error::NotSet(NotSet::ObjectLock, input.bucket))
}
