//! GetObjectTagging: the tags of an object, or of one version of it.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::Wish;
use crate::objects::{self, Facts};
use crate::tags::Tagging;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: MEMBERS,
    output: &[Bind::Header("VersionId", "x-amz-version-id")],
    answer: Content::Members("Tagging"),
    ..Route::new("GetObjectTagging", "GET", "/{Bucket}/{Key+}")
};

/// Where the members of [`Input`] live.
pub const MEMBERS: &[Bind] =
    &[Bind::Query("VersionId", "versionId"), Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    pub key: String,
    pub version_id: Option<String>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    version_id: Option<String>,
    #[serde(flatten)]
    tagging: Tagging,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let wish = Wish { version: input.version_id.as_deref(), ..Wish::default() };
        objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref(), &wish).await
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let action = if version.is_some() { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
    objects::needing(facts, &input.key, version, &[action])
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let (_, found) = facts.object(&call, &input.key, input.version_id.as_deref())?;
    Ok(Output { version_id: found.version, tagging: Tagging::new(found.object.headers.tags) })
}
