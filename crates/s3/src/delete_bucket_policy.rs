//! DeleteBucketPolicy: forgets the policy of a bucket.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Route};

use crate::bucket::Bucket;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    status: 204,
    ..Route::new("DeleteBucketPolicy", "DELETE", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    expected_bucket_owner: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:DeleteBucketPolicy")])
}

pub async fn run(call: Call<S3>, _: Input, bucket: Bucket) -> Result<(), Error> {
    bucket.change(&call, |record| record.policy = None).await
}
