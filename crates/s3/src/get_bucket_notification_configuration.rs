//! GetBucketNotificationConfiguration: no bucket tells of what happens in it.
//!
//! Differences from AWS: buckets cannot notify.

use operation::{Access, Call, Place};
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("notification", None)],
    members: NAMED,
    answer: Content::Members("NotificationConfiguration"),
    ..Route::new("GetBucketNotificationConfiguration", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketNotification")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<(), Error> {
    Ok(())
}
