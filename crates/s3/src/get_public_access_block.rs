//! GetPublicAccessBlock: what keeps a bucket from the public.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::public_access_block::Configuration;
use crate::subresource::{NAMED, Named, NotSet};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("publicAccessBlock", None)],
    members: NAMED,
    answer: Content::Members("PublicAccessBlockConfiguration"),
    ..Route::new("GetPublicAccessBlock", "GET", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketPublicAccessBlock")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Configuration, Error> {
    let block = bucket.record.public_access_block;
    block.map(Configuration::from).ok_or(Error::NotSet(NotSet::PublicAccessBlock, input.bucket))
}
