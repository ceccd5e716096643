//! GetBucketPolicy: the policy of a bucket, as it was put.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    output: &[Bind::Header("ContentType", "content-type")],
    answer: Content::Text("Policy"),
    ..Route::new("GetBucketPolicy", "GET", "/{Bucket}")
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
    policy: String,
    content_type: &'static str,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:GetBucketPolicy")])
}

pub async fn run(_: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let policy = bucket.record.policy.clone().ok_or(Error::NoSuchBucketPolicy(input.bucket))?;
    Ok(Output { policy, content_type: "application/json" })
}
