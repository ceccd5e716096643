//! DeleteObjectTagging: takes away all tags of an object, or of one version of it.
//!
//! Differences from AWS: as PutObjectTagging.

use std::collections::BTreeMap;

use operation::{Access, Call, Place};
use serde::Serialize;
use wire::rest::{Bind, Route};

use crate::backend::At;
use crate::get_object_tagging::{Input, MEMBERS};
use crate::objects::{self, Facts};
use crate::{Error, S3};

pub use crate::get_object_tagging::facts;

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: MEMBERS,
    output: &[Bind::Header("VersionId", "x-amz-version-id")],
    status: 204,
    ..Route::new("DeleteObjectTagging", "DELETE", "/{Bucket}/{Key+}")
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    version_id: Option<String>,
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let action = if version.is_some() { "s3:DeleteObjectVersionTagging" } else { "s3:DeleteObjectTagging" };
    objects::needing(facts, &input.key, version, &[action])
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let (bucket, found) = facts.object(&call, &input.key, input.version_id.as_deref())?;
    let at = At { bucket: &bucket.record, key: &input.key };
    call.state.backend.set_tags(at, &found, BTreeMap::new()).await?;
    Ok(Output { version_id: found.version })
}
