//! DeleteBucketTagging: takes all tags from a bucket.
//!
//! Differences from AWS: as PutBucketTagging.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::put_bucket_tagging::untag;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketTagging", "DELETE", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    let mut needs = vec![bucket.need("s3:PutBucketTagging")];
    if bucket.record.abac {
        needs.extend(untag(bucket, |_| true));
    }
    Access::all(needs)
}

pub async fn run(call: Call<S3>, _: Named, bucket: Bucket) -> Result<(), Error> {
    bucket.change(&call, |record| record.tags.clear()).await
}
