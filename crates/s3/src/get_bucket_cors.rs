//! GetBucketCors: the rules by which pages of other origins may use a bucket.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::cors::{self, Rule};
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("cors", None)],
    members: NAMED,
    answer: Content::Members("CORSConfiguration"),
    ..Route::new("GetBucketCors", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
pub struct Output {
    #[serde(rename = "CORSRule")]
    rules: Vec<Rule>,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketCORS")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Output, Error> {
    let document = bucket.record.cors.as_deref().ok_or(Error::NoSuchCorsConfiguration(input.bucket))?;
    Ok(Output { rules: cors::stored(document) })
}
