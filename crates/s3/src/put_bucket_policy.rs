//! PutBucketPolicy: the policy that takes part in every decision on a bucket and its objects.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Kind;
use wire::rest::Route;

use crate::bucket::{Bucket, arn};
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: WRITTEN,
    body: DOCUMENT,
    status: 204,
    ..Route::new("PutBucketPolicy", "PUT", "/{Bucket}")
};

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Written) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketPolicy")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<(), Error> {
    let document = input.text()?;
    if document.len() > LONGEST {
        return Err(Error::InvalidArgument("Policies must not be larger than 20 KB"));
    }
    let compiled = call.host.policies.get(Kind::Bucket, document)?;
    policy::check_bucket(&compiled, &input.bucket)?;
    let blocks_public = bucket.record.public_access_block.is_some_and(|block| block.block_public_policy);
    if blocks_public && policy::is_public(&compiled) {
        let caller = call.caller.arn().map(|arn| arn.to_string()).unwrap_or_else(|| "anonymous".into());
        return Err(Error::PublicPolicy { caller, bucket: arn(&input.bucket) });
    }
    bucket.change(&call, |record| record.policy = Some(document.to_owned())).await
}

/// 20 KiB.
const LONGEST: usize = 20 * 1024;
