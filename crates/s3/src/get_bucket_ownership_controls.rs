//! GetBucketOwnershipControls: who owns what others write: the owner of the bucket.
//!
//! Differences from AWS: `BucketOwnerEnforced` is all there is.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Content, Route};

use crate::bucket::Bucket;
use crate::subresource::{NAMED, Named};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("ownershipControls", None)],
    members: NAMED,
    answer: Content::Members("OwnershipControls"),
    ..Route::new("GetBucketOwnershipControls", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    rule: Rule,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    object_ownership: &'static str,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetBucketOwnershipControls")
}

pub async fn run(_: Call<S3>, _: Named, _: Bucket) -> Result<Output, Error> {
    Ok(Output { rule: Rule { object_ownership: "BucketOwnerEnforced" } })
}
