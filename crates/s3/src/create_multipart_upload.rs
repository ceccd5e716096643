//! CreateMultipartUpload: begins an object that comes in parts.
//!
//! Differences from AWS: as PutObject.

use operation::{Access, Call, Gathering, Place, Visit};
use policy::Context;
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::backend::{At, Upload};
use crate::bucket::{Bucket, check_key};
use crate::checksum::Algorithm;
use crate::headers::{WRITTEN, Written, algorithm, join};
use crate::{Error, S3};

pub const ROUTE: Route = Route {
    flags: &[("uploads", None)],
    members: &MEMBERS,
    output: &[
        Bind::Header("ChecksumAlgorithm", "x-amz-checksum-algorithm"),
        Bind::Header("ChecksumType", "x-amz-checksum-type"),
    ],
    answer: Content::Members("InitiateMultipartUploadResult"),
    ..Route::new("CreateMultipartUpload", "POST", "/{Bucket}/{Key+}")
};

const MEMBERS: [Bind; 17] = join(WRITTEN, CREATE);

const CREATE: [Bind; 3] = [
    Bind::Header("ChecksumAlgorithm", "x-amz-checksum-algorithm"),
    Bind::Header("ChecksumType", "x-amz-checksum-type"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    bucket: String,
    key: String,
    checksum_algorithm: Option<String>,
    checksum_type: Option<String>,
    expected_bucket_owner: Option<String>,
    #[serde(flatten)]
    written: Written,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    bucket: String,
    key: String,
    upload_id: String,
    checksum_algorithm: Option<&'static str>,
    checksum_type: Option<&'static str>,
}

pub fn facts<'a>(visit: &'a Visit<S3>, input: &'a Input) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

pub fn access(input: &Input, _: &Place, bucket: &Bucket) -> Access {
    let mut keys = Context::new();
    keys.set("s3:ObjectCreationOperation", false);
    Access::all(input.written.needs(bucket, &input.key, &keys))
}

pub async fn run(call: Call<S3>, input: Input, bucket: Bucket) -> Result<Output, Error> {
    check_key(&input.key)?;
    let algorithm = algorithm(input.checksum_algorithm.as_deref())?;
    let full_object = full_object(algorithm, input.checksum_type.as_deref())?;
    let upload = Upload {
        id: String::new(),
        begun: call.host.now(),
        initiator: call.caller.arn().map_or("anonymous".into(), |arn| arn.to_string()),
        headers: input.written.headers()?,
        algorithm,
        full_object,
    };
    let upload_id = call.state.backend.begin(At { bucket: &bucket.record, key: &input.key }, upload).await?;
    let kind = if full_object { "FULL_OBJECT" } else { "COMPOSITE" };
    Ok(Output {
        bucket: input.bucket,
        key: input.key,
        upload_id,
        checksum_algorithm: algorithm.map(Algorithm::name),
        checksum_type: algorithm.map(|_| kind),
    })
}

/// CRC64NVME has no composite, the SHAs have nothing else.
fn full_object(algorithm: Option<Algorithm>, kind: Option<&str>) -> Result<bool, Error> {
    let wrong = Error::InvalidRequest("The checksum type cannot be used with the checksum algorithm.");
    match (algorithm, kind) {
        (None, None) => Ok(false),
        (None, Some(_)) => Err(Error::InvalidRequest("A checksum type needs a checksum algorithm.")),
        (Some(Algorithm::Crc64nvme), None | Some("FULL_OBJECT")) => Ok(true),
        (Some(Algorithm::Crc32 | Algorithm::Crc32c), Some("FULL_OBJECT")) => Ok(true),
        (Some(Algorithm::Crc32 | Algorithm::Crc32c), None | Some("COMPOSITE")) => Ok(false),
        (Some(Algorithm::Sha1 | Algorithm::Sha256), None | Some("COMPOSITE")) => Ok(false),
        (Some(_), Some(_)) => Err(wrong),
    }
}
