//! GetBucketVersioning: whether writes to a bucket keep what they replace; nothing where that was never said.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use store::records::buckets::Versioning;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("versioning", None)],
    members: NAMED,
    answer: Content::Members("VersioningConfiguration"),
    ..Route::new("GetBucketVersioning", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    status: Option<&'static str>,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketVersioning")
}

pub async fn run(_: Call<S3>, _: Named, bucket: Bucket) -> Result<Output, Error> {
    let status = match bucket.record.versioning {
        Versioning::Off => None,
        Versioning::Enabled => Some("Enabled"),
        Versioning::Suspended => Some("Suspended"),
    };
    Ok(Output { status })
}
