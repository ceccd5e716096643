//! DeleteBucketLifecycle: forgets the rules by which objects end.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::backend::Setting;
use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("lifecycle", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketLifecycle", "DELETE", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutLifecycleConfiguration")
}

pub async fn run(call: Call<S3>, _: Named, bucket: Bucket) -> Result<(), Error> {
    bucket.set(&call, Setting::Lifecycle, |record| record.lifecycle = None).await
}
