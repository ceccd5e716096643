//! PutPublicAccessBlock: whether a bucket's policy may be public, and whom a public one opens it to.
//!
//! Differences from AWS: access control lists are off, so the two switches about them change nothing.

use operation::{Access, Call, Place};
use store::records::buckets::PublicAccessBlock;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::public_access_block::Configuration;
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("publicAccessBlock", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutPublicAccessBlock", "PUT", "/{Bucket}")
};

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketPublicAccessBlock")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<(), Error> {
    let block: PublicAccessBlock = input.read::<Configuration>("PublicAccessBlockConfiguration")?.into();
    bucket.change(&call, |record| record.public_access_block = Some(block)).await
}
