//! DeleteObject: removes an object; one that is not there is removed already.
//!
//! Differences from AWS: there is no object lock. With a version, `If-Match` is held against that
//! version.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Route};

use crate::backend::{At, Deleted};
use crate::bucket::{Bucket, check_key};
use crate::conditions::Precondition;
use crate::objects::check_version;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Query("VersionId", "versionId"),
        Bind::Header("IfMatch", "if-match"),
        Bind::Header("BypassRetention", "x-amz-bypass-governance-retention"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    output: &[Bind::Header("DeleteMarker", "x-amz-delete-marker"), Bind::Header("VersionId", "x-amz-version-id")],
    status: 204,
    ..Route::new("DeleteObject", "DELETE", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    version_id: Option<String>,
    if_match: Option<String>,
    bypass_retention: Option<String>,
    expected_bucket_owner: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    delete_marker: Option<&'static str>,
    version_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut needs = vec![need(bucket, &input.key, input.version_id.as_deref(), input.if_match.as_deref())];
    if input.bypass_retention.as_deref().is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        needs.push(bucket.object_need("s3:BypassGovernanceRetention", &input.key));
    }
    Access::all(needs)
}

/// What deleting one key needs. Only what is current has a condition that policies see.
pub fn need(bucket: &Bucket, key: &str, version: Option<&str>, if_match: Option<&str>) -> Need {
    match version {
        Some(version) => bucket.object_need("s3:DeleteObjectVersion", key).with("s3:versionid", version),
        None => {
            let mut need = bucket.object_need("s3:DeleteObject", key);
            need.context.set_some("s3:if-match", if_match);
            need
        }
    }
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    check_key(&input.key)?;
    let version = input.version_id.as_deref();
    check_version(&call, &bucket, version)?;
    let precondition = Precondition::of(input.if_match.as_deref(), None)?;
    let at = At { bucket: &bucket.record, key: &input.key };
    let Deleted { version, marker } = call.state.backend.delete(at, version, &precondition).await?;
    Ok(Output { delete_marker: marker.then_some("true"), version_id: version })
}
