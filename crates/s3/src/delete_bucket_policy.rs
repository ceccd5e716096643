//! DeleteBucketPolicy: forgets the policy of a bucket.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketPolicy", "DELETE", "/{Bucket}")
};

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Named) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:DeleteBucketPolicy")
}

pub async fn run(call: Call<S3>, _: Named, bucket: Bucket) -> Result<(), Error> {
    bucket.change(&call, |record| record.policy = None).await
}
