//! GetObjectAcl: who has which rights on an object beside the bucket's policy: the owner of the bucket, all of them.
//!
//! Differences from AWS: access control lists are off; ids are account ids.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Route};

use crate::acl::{DOCUMENT, OUTPUT, Output};
use crate::backend::Wish;
use crate::objects::{self, Facts};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("acl", None)],
    members: &[
        Bind::Query("VersionId", "versionId"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    output: OUTPUT,
    answer: DOCUMENT,
    ..Route::new("GetObjectAcl", "GET", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    version_id: Option<String>,
    expected_bucket_owner: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let wish = Wish { version: input.version_id.as_deref(), ..Wish::default() };
        objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref(), &wish).await
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let action = if version.is_some() { "s3:GetObjectVersionAcl" } else { "s3:GetObjectAcl" };
    objects::needing(facts, &input.key, version, &[action])
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let (bucket, _) = facts.object(&call, &input.key, input.version_id.as_deref())?;
    Ok(Output::of(bucket.record.account))
}
