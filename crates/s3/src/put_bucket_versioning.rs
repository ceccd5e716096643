//! PutBucketVersioning: whether writes to a bucket keep what they replace.
//!
//! Differences from AWS: no MFA delete (NotImplemented).

use operation::{Access, Call, Place};
use serde::Deserialize;
use store::records::buckets::Versioning;
use wire::rest::Route;

use crate::backend::Setting;
use crate::bucket::Bucket;
use crate::subresource::{DOCUMENT, WRITTEN, Written};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("versioning", None)],
    members: WRITTEN,
    body: DOCUMENT,
    ..Route::new("PutBucketVersioning", "PUT", "/{Bucket}")
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Configuration {
    status: Option<String>,
    mfa_delete: Option<String>,
}

pub fn access(_: &Written, _: &Place, bucket: &Bucket) -> Access {
    bucket.access("s3:PutBucketVersioning")
}

pub async fn run(call: Call<S3>, input: Written, bucket: Bucket) -> Result<(), Error> {
    let Configuration { status, mfa_delete } = input.read("VersioningConfiguration")?;
    match mfa_delete.as_deref() {
        None | Some("Disabled") => {}
        Some("Enabled") => return Err(Error::Unserved("MFA delete is not implemented.")),
        Some(_) => return Err(Error::MalformedXml),
    }
    let versioning = match status.as_deref() {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        Some(_) => return Err(Error::MalformedXml),
        None => return Err(Error::IllegalVersioning),
    };
    bucket.set(&call, Setting::Versioning, |record| record.versioning = versioning).await
}
