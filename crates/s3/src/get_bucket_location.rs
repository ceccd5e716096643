//! GetBucketLocation: the region of a bucket; nothing for `us-east-1`.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("location", None)],
    members: NAMED,
    answer: Content::Member("LocationConstraint"),
    ..Route::new("GetBucketLocation", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    location_constraint: Option<String>,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketLocation")
}

pub async fn run(_: Call<S3>, _: Named, bucket: Bucket) -> Result<Output, Error> {
    let region = bucket.record.region.as_str();
    Ok(Output { location_constraint: Some(region.to_owned()).filter(|region| region != "us-east-1") })
}
