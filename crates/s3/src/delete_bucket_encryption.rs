//! DeleteBucketEncryption: forgets how objects are to be encrypted, which was never said.
//!
//! Differences from AWS: as GetBucketEncryption.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("encryption", None)],
    members: NAMED,
    status: 204,
    ..Route::new("DeleteBucketEncryption", "DELETE", "/{Bucket}")
};

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutEncryptionConfiguration")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<(), Error> {
    Ok(())
}
