//! GetBucketEncryption: how objects are encrypted where they are kept: not by this server.
//!
//! Differences from AWS: AWS encrypts every object; here the disk may, which this server does not know.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named, NotSet};
use crate::{Error, S3};

pub const ROUTE: Route =
    Route { flags: &[("encryption", None)], members: NAMED, ..Route::new("GetBucketEncryption", "GET", "/{Bucket}") };

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetEncryptionConfiguration")
}

pub async fn run(_: Call<S3>, input: Named, _: Bucket) -> Result<(), Error> {
    Err(Error::NotSet(NotSet::Encryption, input.bucket))
}
