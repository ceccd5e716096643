//! PutBucketCors: the rules by which pages of other origins may use a bucket.
//!
//! Differences from AWS: answers never allow credentials: the API takes no cookie.

use std::collections::BTreeMap;

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::bucket::Bucket;
use crate::cors::{self, Rule};
use crate::incoming::Promise;
use crate::{Error, S3, document};

pub const ROUTE: Route = Route {
    flags: &[("cors", None)],
    members: &[
        Bind::Header("ContentMd5", "content-md5"),
        Bind::Headers("Checksums", "x-amz-checksum-"),
        Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
    ],
    body: Content::Text("Document"),
    ..Route::new("PutBucketCors", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    content_md5: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    expected_bucket_owner: Option<String>,
    document: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Document {
    #[serde(rename = "CORSRule", default)]
    rules: Vec<Rule>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(_: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([bucket.need("s3:PutBucketCORS")])
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<(), Error> {
    let promise =
        Promise { md5: input.content_md5.as_deref(), checksums: Some(&input.checksums), ..Promise::default() };
    let root = Content::Members("CORSConfiguration");
    let Document { rules } = document::read(input.document.as_deref(), root, &promise)?;
    let document = cors::checked(&rules)?;
    bucket.change(&call, |record| record.cors = Some(document.clone())).await
}
