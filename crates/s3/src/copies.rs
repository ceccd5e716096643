//! What CopyObject and UploadPartCopy share: the object that is copied, and the need to read it.

use std::collections::BTreeMap;

use operation::{Call, Need, Visit};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use wire::rest::Bind;

use crate::backend::{Found, Wish};
use crate::bucket::Bucket;
use crate::conditions::{Conditions, Verdict};
use crate::objects::{self, Facts};
use crate::{Error, S3};

/// The headers that name the source.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Source {
    copy_source: String,
    copy_source_if_match: Option<String>,
    copy_source_if_none_match: Option<String>,
    copy_source_if_modified_since: Option<String>,
    copy_source_if_unmodified_since: Option<String>,
    source_expected_bucket_owner: Option<String>,
}

/// Where the headers of [`Source`] live.
pub const SOURCE: [Bind; 6] = [
    Bind::Header("CopySource", "x-amz-copy-source"),
    Bind::Header("CopySourceIfMatch", "x-amz-copy-source-if-match"),
    Bind::Header("CopySourceIfNoneMatch", "x-amz-copy-source-if-none-match"),
    Bind::Header("CopySourceIfModifiedSince", "x-amz-copy-source-if-modified-since"),
    Bind::Header("CopySourceIfUnmodifiedSince", "x-amz-copy-source-if-unmodified-since"),
    Bind::Header("SourceExpectedBucketOwner", "x-amz-source-expected-bucket-owner"),
];

/// What is copied.
pub struct Origin {
    pub facts: Facts,
    pub key: String,
    pub version: Option<String>,
}

impl Source {
    /// Finds what is copied.
    pub async fn find(&self, visit: &Visit<S3>) -> Result<Origin, Error> {
        let (path, version) = match self.copy_source.split_once("?versionId=") {
            Some((path, version)) => (path, Some(version.to_owned())),
            None => (self.copy_source.as_str(), None),
        };
        let path = percent_decode_str(path).decode_utf8().map_err(|_| MALFORMED)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        if path.starts_with("arn:") {
            return Err(Error::NotImplemented("x-amz-copy-source"));
        }
        let (bucket, key) = path.split_once('/').filter(|(_, key)| !key.is_empty()).ok_or(MALFORMED)?;
        if key.contains('\0') {
            return Err(MALFORMED);
        }
        let owner = self.source_expected_bucket_owner.as_deref();
        let wish = Wish { version: version.as_deref(), ..Wish::default() };
        let facts = objects::find(visit, bucket, key, owner, &wish).await?;
        Ok(Origin { facts, key: key.to_owned(), version })
    }
}

impl Origin {
    /// `bucket/key`, as the condition key has it.
    pub fn path(&self) -> String {
        format!("{}/{}", self.facts.bucket.record.name, self.key)
    }

    /// The needs of the source; the last is asked for where there is none.
    pub fn needs(&self) -> Vec<Need> {
        let version = self.version.as_deref();
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        let mut needs = vec![objects::need(&self.facts, &self.key, version, action)];
        if self.facts.found().is_none() {
            needs.push(self.facts.bucket.may_list(&self.key));
        }
        needs
    }

    /// The tags of the source, if it has some: they are copied with it.
    pub fn tags(&self) -> Option<&BTreeMap<String, String>> {
        self.facts.found().map(|found| &found.object.headers.tags).filter(|tags| !tags.is_empty())
    }

    /// What reading them needs.
    pub fn tags_need(&self) -> Option<Need> {
        let version = self.version.as_deref();
        let action = if version.is_some() { "s3:GetObjectVersionTagging" } else { "s3:GetObjectTagging" };
        self.tags().map(|_| objects::need(&self.facts, &self.key, version, action))
    }

    /// The object that is copied, if it is there and the conditions hold.
    pub fn checked(self, call: &Call<S3>, source: &Source) -> Result<(Bucket, Found), Error> {
        let (bucket, found) = self.facts.object(call, &self.key, self.version.as_deref())?;
        let conditions = Conditions {
            if_match: source.copy_source_if_match.as_deref(),
            if_none_match: source.copy_source_if_none_match.as_deref(),
            if_modified_since: source.copy_source_if_modified_since.as_deref(),
            if_unmodified_since: source.copy_source_if_unmodified_since.as_deref(),
        };
        match conditions.verdict(&found.object) {
            Verdict::Holds => Ok((bucket, found)),
            Verdict::Fails("If-Match") => Err(Error::PreconditionFailed("x-amz-copy-source-If-Match")),
            Verdict::Fails(_) => Err(Error::PreconditionFailed("x-amz-copy-source-If-Unmodified-Since")),
            Verdict::NotModified if conditions.if_none_match.is_some() => {
                Err(Error::PreconditionFailed("x-amz-copy-source-If-None-Match"))
            }
            Verdict::NotModified => Err(Error::PreconditionFailed("x-amz-copy-source-If-Modified-Since")),
        }
    }
}

const MALFORMED: Error =
    Error::InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
