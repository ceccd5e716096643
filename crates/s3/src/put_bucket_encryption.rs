//! PutBucketEncryption: how objects are to be encrypted where they are kept.
//!
//! Differences from AWS: NotImplemented: objects are kept as they are; whoever wants them encrypted encrypts the disk.

use operation::{Access, Call, Place};
use serde::Deserialize;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("encryption", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutBucketEncryption", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
struct Encryption {
    #[serde(rename = "Rule", default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
struct Rule {
    #[serde(rename = "ApplyServerSideEncryptionByDefault")]
    by_default: Option<Default>,
}

#[derive(Debug, Deserialize)]
struct Default {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutEncryptionConfiguration")
}

pub async fn run(_: Call<S3>, input: Written, _: Bucket) -> Result<(), Error> {
    let Encryption { rules } = input.read("ServerSideEncryptionConfiguration")?;
    let algorithms = rules.iter().filter_map(|rule| rule.by_default.as_ref());
    let is_known = |algorithm: &str| {
        algorithm == "AES256" || algorithm.strip_prefix("aws:").is_some_and(|kms| ["kms", "kms:dsse"].contains(&kms))
    };
    let mut unknown = algorithms.filter(|by| !is_known(&by.algorithm));
    if rules.is_empty() || unknown.next().is_some() {
        return Err(Error::MalformedXml);
    }
    Err(Error::Unserved("Server-side encryption is not implemented: objects are kept as they are."))
}
