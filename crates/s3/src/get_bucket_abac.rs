//! GetBucketAbac: whether the tags of a bucket take part in decisions.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("abac", None)],
    members: NAMED,
    answer: Content::Members("AbacStatus"),
    ..Route::new("GetBucketAbac", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    status: &'static str,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketAbac")
}

pub async fn run(_: Call<S3>, _: Named, bucket: Bucket) -> Result<Output, Error> {
    Ok(Output { status: if bucket.record.abac { "Enabled" } else { "Disabled" } })
}
