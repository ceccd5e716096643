//! PutObjectAcl: refused, as AWS refuses it where the bucket's owner owns everything in it.
//!
//! Differences from AWS: access control lists cannot be turned on.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::acl::{ASKED, Asked};
use crate::backend::Wish;
use crate::headers::join;
use crate::objects::{self, Facts};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("acl", None)],
    members: &MEMBERS,
    body: Content::Text("Document"),
    ..Route::new("PutObjectAcl", "PUT", "/{Bucket}/{Key+}")
};

const MEMBERS: [Bind; 4] = join(
    ASKED,
    [Bind::Query("VersionId", "versionId"), Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")],
);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    version_id: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    asked: Asked,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let wish = Wish { version: input.version_id.as_deref(), ..Wish::default() };
        objects::find(visit, &input.bucket, &input.key, input.expected_bucket_owner.as_deref(), &wish).await
    })
}

pub fn access(input: &Input, _: &Place, facts: &Facts) -> Access {
    let version = input.version_id.as_deref();
    let action = if version.is_some() { "s3:PutObjectVersionAcl" } else { "s3:PutObjectAcl" };
    let mut access = objects::needing(facts, &input.key, version, &[action]);
    if let Access::Needs(needs) = &mut access
        && let Some(need) = needs.first_mut()
    {
        need.context.merge(&input.asked.keys());
    }
    access
}

pub async fn run(call: Call<S3>, input: Input, facts: Facts) -> Result<(), Error> {
    facts.object(&call, &input.key, input.version_id.as_deref())?;
    Err(Error::AccessControlListNotSupported)
}
