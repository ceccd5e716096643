//! What the operations on sub-resources of buckets share: their inputs, and the answers about what was never set.

use std::collections::BTreeMap;

use operation::{Gathering, Visit};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::rest::{Bind, Content};

use crate::bucket::Bucket;
use crate::incoming::{Promise, check_document};
use crate::{Error, S3, document};

/// The input of an operation without a document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Named {
    pub bucket: String,
    pub expected_bucket_owner: Option<String>,
}

/// Where the headers of [`Named`] live.
pub const NAMED: &[Bind] = &[Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner")];

/// The input of an operation with a document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Written {
    pub bucket: String,
    content_md5: Option<String>,
    #[serde(default)]
    checksums: BTreeMap<String, String>,
    pub expected_bucket_owner: Option<String>,
    document: Option<String>,
}

/// Where the headers of [`Written`] live; its document is [`DOCUMENT`].
pub const WRITTEN: &[Bind] = &[
    Bind::Header("ContentMd5", "content-md5"),
    Bind::Headers("Checksums", "x-amz-checksum-"),
    Bind::Header("ExpectedBucketOwner", "x-amz-expected-bucket-owner"),
];

/// The body of an operation with a document.
pub const DOCUMENT: Content = Content::Text("Document");

/// The bucket of a request without a document.
pub fn of_named<'a>(visit: &'a Visit<S3>, input: &'a Named) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

/// The bucket of a request with a document.
pub fn of_written<'a>(visit: &'a Visit<S3>, input: &'a Written) -> Gathering<'a, Bucket, Error> {
    Box::pin(Bucket::find(visit, &input.bucket, input.expected_bucket_owner.as_deref()))
}

impl Written {
    /// The members of the document, whose root has this name. Errs where it is not what was promised about it.
    pub fn read<T: DeserializeOwned>(&self, root: &'static str) -> Result<T, Error> {
        document::read(self.document.as_deref(), Content::Members(root), &self.promise())
    }

    /// The document as it is. Errs where it is not what was promised about it.
    pub fn text(&self) -> Result<&str, Error> {
        let text = self.document.as_deref().unwrap_or_default();
        check_document(text.as_bytes(), &self.promise())?;
        Ok(text)
    }

    fn promise(&self) -> Promise<'_> {
        Promise { md5: self.content_md5.as_deref(), checksums: Some(&self.checksums), ..Promise::default() }
    }
}

/// What a bucket may have been told, and was not.
#[derive(Debug, Clone, Copy)]
pub enum NotSet {
    Encryption,
    Lifecycle,
    ObjectLock,
    PublicAccessBlock,
    Replication,
    Tags,
    Website,
}

impl NotSet {
    /// S3's code and words for it.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Encryption => (
                "ServerSideEncryptionConfigurationNotFoundError",
                "The server side encryption configuration was not found",
            ),
            Self::Lifecycle => ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
            Self::ObjectLock => {
                ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
            }
            Self::PublicAccessBlock => {
                ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
            }
            Self::Replication => {
                ("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
            }
            Self::Tags => ("NoSuchTagSet", "The TagSet does not exist"),
            Self::Website => {
                ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
            }
        }
    }
}
