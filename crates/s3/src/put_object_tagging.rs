//! PutObjectTagging: the tags of an object, or of one version of it, all of them anew.
//!
//! Differences from AWS: where another call changes the tags between decision and write, this one fails
//! (OperationAborted).

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Wish};
use crate::incoming::Promise;
use crate::tags::{self, Of, Tagging, Tags};
use crate::{Error, S3, document, objects};

pub const ROUTE: Route = Route {
    flags: &[("tagging", None)],
    members: &[
        Bind::Query("VersionId", "versionId"),
        Bind::Header("ContentMd5", "content-md5"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Text("Document"),
    output: &[Bind::Header("VersionId", "x-amz-version-id")],
    ..Route::new("PutObjectTagging", "PUT", "/{Bucket}/{Key+}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    version_id: Option<String>,
    content_md5: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    expected_bucket_owner: Option<String>,
    document: Option<String>,
}

/// What stands at the key, and the tags that it is to have.
pub struct Facts {
    object: objects::Facts,
    tags: Tags,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    version_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let promise =
            Promise { md5: input.content_md5.as_deref(), checksums: Some(&input.checksums), ..Promise::default() };
        let tagging: Tagging = document::read(input.document.as_deref(), Content::Members("Tagging"), &promise)?;
        let tags = tagging.checked(Of::Object)?;
        let wish = Wish { version: input.version_id.as_deref(), ..Wish::default() };
        let owner = input.expected_bucket_owner.as_deref();
        let object = objects::find(visit, &input.bucket, &input.key, owner, &wish).await?;
        Ok(Facts { object, tags })
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let action = if version.is_some() { "s3:PutObjectVersionTagging" } else { "s3:PutObjectTagging" };
    let mut need = objects::need(&facts.object, &input.key, version, action);
    tags::add_request_keys(&mut need.context, &facts.tags);
    let may_list = facts.object.found().is_none().then(|| facts.object.bucket.may_list(&input.key));
    Access::all([need].into_iter().chain(may_list))
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<Output, Error> {
    let (bucket, found) = facts.object.object(&call, &input.key, input.version_id.as_deref())?;
    let at = At { bucket: &bucket.record, key: &input.key };
    call.state.backend.set_tags(at, &found, facts.tags).await?;
    Ok(Output { version_id: found.version })
}
