//! GetBucketAcl: who has which rights on a bucket beside its policy: its owner, all of them.
//!
//! Differences from AWS: access control lists are off; ids are account ids.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::acl::{DOCUMENT, OUTPUT, Output};
use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("acl", None)],
    members: NAMED,
    output: OUTPUT,
    answer: DOCUMENT,
    ..Route::new("GetBucketAcl", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketAcl")
}

pub async fn run(_: Call<S3>, _: Named, bucket: Bucket) -> Result<Output, Error> {
    Ok(Output::of(bucket.record.account))
}
