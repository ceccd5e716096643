//! DeleteBucketCors: pages of other origins may not use a bucket any more.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("cors", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketCors", "DELETE", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketCORS")
}

pub async fn run(call: Call<S3>, _: Named, bucket: Bucket) -> Result<(), Error> {
    bucket.change(&call, |record| record.cors = None).await
}
