//! GetBucketCors: the rules by which pages of other origins may use a bucket.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::cors::{self, Rule};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("cors", None)],
    members: &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
    answer: Content::Members("CORSConfiguration"),
    ..Route::new("GetBucketCors", "GET", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct Output {
    #[serde(rename = "CORSRule")]
    rules: Vec<Rule>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:GetBucketCORS")])
}

pub async fn run(_: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    let document = bucket.record.cors.as_deref().ok_or(Error::NoSuchCorsConfiguration(input.bucket))?;
    Ok(Output { rules: cors::stored(document) })
}
