//! GetBucketReplication: no bucket is replicated.
//!
//! Differences from AWS: buckets cannot be replicated.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named, NotSet};
use crate::{Error, S3};

pub const ROUTE: Route =
    Route { flags: &[("replication", None)], members: NAMED, ..Route::new("GetBucketReplication", "GET", "/{Bucket}") };

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetReplicationConfiguration")
}

pub async fn run(_: Call<S3>, input: Named, _: Bucket) -> Result<(), Error> {
    Err(Error::NotSet(NotSet::Replication, input.bucket))
}
