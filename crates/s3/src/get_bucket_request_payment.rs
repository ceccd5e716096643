//! GetBucketRequestPayment: who pays for requests: the owner of the bucket.
//!
//! Differences from AWS: requesters cannot be made to pay.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("requestPayment", None)],
    members: NAMED,
    answer: Content::Members("RequestPaymentConfiguration"),
    ..Route::new("GetBucketRequestPayment", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    payer: &'static str,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketRequestPayment")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<Output, Error> {
    Ok(Output { payer: "BucketOwner" })
}
