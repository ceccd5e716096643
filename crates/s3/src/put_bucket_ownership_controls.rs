//! PutBucketOwnershipControls: who owns what others write.
//!
//! Differences from AWS: `BucketOwnerEnforced` is all there is (others: NotImplemented).

use operation::{Access, Call, Place};
use serde::Deserialize;
use wire::rest::Route;

use crate::bucket::Bucket;
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("ownershipControls", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutBucketOwnershipControls", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
struct Controls {
    #[serde(rename = "Rule", default)]
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    object_ownership: String,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketOwnershipControls")
}

pub async fn run(_: Call<S3>, input: Written, _: Bucket) -> Result<(), Error> {
    let Controls { rules } = input.read("OwnershipControls")?;
    match rules.as_slice() {
        [Rule { object_ownership }] => check_ownership(object_ownership),
        _ => Err(Error::MalformedXml),
    }
}

/// Errs where access control lists would be on.
pub fn check_ownership(ownership: &str) -> Result<(), Error> {
    match ownership {
        "BucketOwnerEnforced" => Ok(()),
        "BucketOwnerPreferred" | "ObjectWriter" => {
            Err(Error::Unserved("Access control lists are not implemented: only BucketOwnerEnforced is."))
        }
        _ => Err(Error::MalformedXml),
    }
}
