//! DeleteBucket: removes a bucket that has no objects; its unfinished uploads are aborted.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use store::Outcome;
use store::records::buckets::Bucket as Record;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route { members: NAMED, status: 204, ..Route::new("DeleteBucket", "DELETE", "/{Bucket}") };

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:DeleteBucket")
}

pub async fn run(call: Call<S3>, _: Named, bucket: Bucket) -> Result<(), Error> {
    // A caller that goes away must not leave it open whether the bucket takes objects still.
    let removed = tokio::spawn(async move { remove(&call, &bucket).await });
    removed.await.map_err(Error::internal)?
}

async fn remove(call: &Call<S3>, bucket: &Bucket) -> Result<(), Error> {
    let clearance = call.state.backend.clear(&bucket.record).await?.ok_or(Error::BucketNotEmpty)?;
    let configuration = &call.host.configuration;
    let mut batch = configuration.batch();
    batch.delete(&bucket.record);
    let outcome = configuration.commit(batch).await;
    if matches!(outcome, Ok(Outcome::Committed)) {
        clearance.confirm();
        return Ok(());
    }
    // It stays, or another call removed it, or nobody knows: then it takes nothing until it is deleted again.
    let left = configuration.get::<Record>(&bucket.record.name).await;
    if !left.is_ok_and(|left| left.is_some_and(|left| left.id == bucket.record.id)) {
        clearance.confirm();
    }
    // Changed meanwhile: what was decided was decided on another bucket.
    outcome.map_err(Error::from).and(Err(Error::OperationAborted))
}
