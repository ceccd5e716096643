//! PutBucketAcl: refused, as AWS refuses it where the bucket's owner owns everything in it.
//!
//! Differences from AWS: access control lists cannot be turned on.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use wire::rest::{Bind, Content, Route};

use crate::acl::{ASKED, Asked};
use crate::bucket::{Bucket, with};
use crate::headers::join;
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("acl", None)],
    members: &MEMBERS,
    body: Content::Text("Document"),
    ..Route::new("PutBucketAcl", "PUT", "/{Bucket}")
};

const MEMBERS: [Bind; 3] = join(ASKED, [Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")]);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    asked: Asked,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    Access::all([with(bucket.need("s3:PutBucketAcl"), &input.asked.keys())])
}

pub async fn run(_: Call<S3>, _: Input, _: Bucket) -> Result<(), Error> {
    Err(Error::AccessControlListNotSupported)
}
