//! GetBucketLifecycleConfiguration: the rules by which objects end.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::lifecycle::{self, MINIMUM, Rule};
use crate::subresource::{NAMED, Named, NotSet};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("lifecycle", None)],
    members: NAMED,
    output: &[Bind::Header("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")],
    answer: Content::Members("LifecycleConfiguration"),
    ..Route::new("GetBucketLifecycleConfiguration", "GET", "/{Bucket}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(rename = "Rule")]
    rules: Vec<Rule>,
    /// Objects never change their class, whatever their size.
    transition_default_minimum_object_size: &'static str,
}

pub fn access(_: &Named, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:GetLifecycleConfiguration")
}

pub async fn run(_: Call<S3>, input: Named, bucket: Bucket) -> Result<Output, Error> {
    let document = bucket.record.lifecycle.as_deref().ok_or(Error::NotSet(NotSet::Lifecycle, input.bucket))?;
    let rules = lifecycle::stored(document).map_err(Error::internal)?;
    Ok(Output { rules, transition_default_minimum_object_size: MINIMUM })
}
