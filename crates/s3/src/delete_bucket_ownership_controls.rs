//! DeleteBucketOwnershipControls: forgets who owns what others write.
//!
//! Differences from AWS: access control lists stay off, and GetBucketOwnershipControls goes on saying so.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("ownershipControls", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketOwnershipControls", "DELETE", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketOwnershipControls")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<(), Error> {
    Ok(())
}
