//! GetBucketLocation: the region of a bucket; nothing for `us-east-1`.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("location", None)],
    members: &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    answer: Content::Member("LocationConstraint"),
    ..Route::new("GetBucketLocation", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    location_constraint: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:GetBucketLocation")])
}

pub async fn run(_: Call<S3>, _: Input, bucket: Bucket) -> Result<Output, Error> {
    let region = bucket.record.region.as_str();
    Ok(Output { location_constraint: Some(region.to_owned()).filter(|region| region != "us-east-1") })
}
