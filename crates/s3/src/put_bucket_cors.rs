//! PutBucketCors: the rules by which pages of other origins may use a bucket.
//!
//! Differences from AWS: answers never allow credentials: the API takes no cookie.

use operation::{Access, Call, Place};
use serde::Deserialize;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::cors::{self, Rule};
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("cors", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutBucketCors", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "CORSRule", default)]
    rules: Vec<Rule>,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketCORS")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<(), Error> {
    let Document { rules } = input.read("CORSConfiguration")?;
    let document = cors::checked(&rules)?;
    bucket.change(&call, |record| record.cors = Some(document.clone())).await
}
