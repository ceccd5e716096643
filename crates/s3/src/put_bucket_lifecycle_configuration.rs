//! PutBucketLifecycleConfiguration: the rules by which objects end.
//!
//! Differences from AWS: objects change no class (Transition: NotImplemented); all rules together are at most 256 KB.

use operation::{Access, Call, Place};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Route};

use crate::backend::Setting;
use crate::bucket::Bucket;
use crate::lifecycle::{self, MINIMUM, Rule};
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("lifecycle", None)],
    members: WRITTEN,
    body: DOCUMENT,
    output: &[Bind::Header("TransitionDefaultMinimumObjectSize", "x-amz-transition-default-minimum-object-size")],
    ..Route::new("PutBucketLifecycleConfiguration", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    #[serde(rename = "Rule", default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    transition_default_minimum_object_size: &'static str,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutLifecycleConfiguration")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<Output, Error> {
    let Configuration { rules } = input.read("LifecycleConfiguration")?;
    let document = lifecycle::checked(rules, &*call.host.random)?;
    bucket.set(&call, Setting::Lifecycle, |record| record.lifecycle = Some(document)).await?;
    Ok(Output { transition_default_minimum_object_size: MINIMUM })
}
