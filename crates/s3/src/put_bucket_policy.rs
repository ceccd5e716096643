//! PutBucketPolicy: the policy that takes part in every decision on a bucket and its objects.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Kind;
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::bucket::{Bucket, arn};
use crate::incoming::{Promise, check_document};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("policy", None)],
    members: &[
        Bind::Header("ContentMd5", "content-md5"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Text("Policy"),
    status: 204,
    ..Route::new("PutBucketPolicy", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    content_md5: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    expected_bucket_owner: Option<String>,
    policy: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find_for_policy(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:PutBucketPolicy")])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<(), Error> {
    let promise =
        Promise { md5: input.content_md5.as_deref(), checksums: Some(&input.checksums), ..Promise::default() };
    let document = input.policy.unwrap_or_default();
    check_document(document.as_bytes(), &promise)?;
    if document.len() > LONGEST {
        return Err(Error::InvalidArgument("Policies must not be larger than 20 KB"));
    }
    let compiled = call.host.policies.get(Kind::Bucket, &document)?;
    policy::check_bucket(&compiled, &input.bucket)?;
    let blocks_public = bucket.record.public_access_block.is_some_and(|block| block.block_public_policy);
    if blocks_public && policy::is_public(&compiled) {
        let caller = call.caller.arn().map(|arn| arn.to_string()).unwrap_or_else(|| "anonymous".into());
        return Err(Error::PublicPolicy { caller, bucket: arn(&input.bucket) });
    }
    bucket.change(&call, |record| record.policy = Some(document.clone())).await
}

/// 20 KiB.
const LONGEST: usize = 20 * 1024;
