//! GetBucketPolicy: the policy of a bucket, as it was put.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Serialize;
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: NAMED,
    output: &[Bind::Header("ContentType", "content-type")],
    answer: Content::Text("Policy"),
    ..Route::new("GetBucketPolicy", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: String,
    content_type: &'static str,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Named) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketPolicy")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Output, Error> {
    let policy = bucket.record.policy.clone().ok_or(Error::NoSuchBucketPolicy(input.bucket))?;
    Ok(Output { policy, content_type: "application/json" })
}
