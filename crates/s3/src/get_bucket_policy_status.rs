//! GetBucketPolicyStatus: whether a bucket's policy is public.
//!
//! Differences from AWS: a policy is public where `s3:DataAccessPointArn` or `aws:userid` is limited by a wildcard.

use operation::{Access, Call, Place};
use policy::is_public;
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policyStatus", None)],
    members: NAMED,
    answer: Content::Members("PolicyStatus"),
    ..Route::new("GetBucketPolicyStatus", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    is_public: bool,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketPolicyStatus")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Output, Error> {
    let policy = bucket.policy().ok_or(Error::NoSuchBucketPolicy(input.bucket))?;
    Ok(Output { is_public: is_public(&policy.policy) })
}
