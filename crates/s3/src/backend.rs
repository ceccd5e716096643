//! What keeps objects. Buckets are configuration; here are keys, bytes and uploads.
//!
//! A backend decides nothing: whoever calls it was authorized. Every method is one atomic step, and
//! an answer follows the durable commit.

pub mod embedded;

use std::collections::BTreeMap;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use store::Version;
use store::records::buckets::Bucket;
use vocab::Timestamp;

use crate::Error;
use crate::checksum::{Algorithm, Checksum};
use crate::conditions::Precondition;
use crate::incoming::Incoming;

/// A key of a bucket.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The bucket.
    pub bucket: &'a Bucket,
    /// The key: 1 to 1,024 bytes.
    pub key: &'a str,
}

/// What a client says about an object beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    /// Content headers that came with it, by the name of their member.
    #[serde(rename = "h", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub content: BTreeMap<String, String>,
    /// User metadata, by what follows `x-amz-meta-`.
    #[serde(rename = "u", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    #[serde(rename = "t", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// What is known of an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Object {
    /// Its length.
    #[serde(rename = "s")]
    pub size: u64,
    /// Its entity tag, without quotes.
    #[serde(rename = "e")]
    pub e_tag: String,
    /// When it was written.
    #[serde(rename = "m")]
    pub modified: Timestamp,
    /// Its headers.
    #[serde(rename = "h", default)]
    pub headers: Headers,
    /// Its checksum.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// An object as it was found: whoever reads it reads this version, whatever comes later.
#[derive(Debug, Clone)]
pub struct Found {
    /// What is known of it.
    pub object: Object,
    /// Where its bytes are.
    pub content: Content,
    /// The version of its row.
    pub version: Version,
}

/// Where an object's bytes are.
#[derive(Debug, Clone)]
pub enum Content {
    /// Beside what is known of it.
    Inline(Bytes),
    /// In files, one after the other.
    Segments {
        /// The files.
        segments: Vec<embedded::Segment>,
        /// Whether each is a part of a multipart upload.
        parts: bool,
    },
}

/// A page of a listing that is wished for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// Keys begin with this.
    pub prefix: &'a str,
    /// Keys are rolled up to their first delimiter behind the prefix.
    pub delimiter: Option<&'a str>,
    /// Keys and common prefixes are greater than this.
    pub after: Option<&'a str>,
    /// At most so many.
    pub limit: usize,
}

/// A page of a listing.
#[derive(Debug)]
pub struct Page<T> {
    /// Keys and common prefixes, in byte order.
    pub entries: Vec<Entry<T>>,
    /// Whether more follow.
    pub truncated: bool,
}

/// One line of a listing.
#[derive(Debug)]
pub enum Entry<T> {
    /// A key.
    Key(String, T),
    /// A common prefix.
    Prefix(String),
}

/// A multipart upload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Upload {
    /// Its id: 32 hexadecimal digits.
    #[serde(rename = "i")]
    pub id: String,
    /// When it began.
    #[serde(rename = "b")]
    pub begun: Timestamp,
    /// The ARN of who began it.
    #[serde(rename = "w")]
    pub initiator: String,
    /// The headers of the object.
    #[serde(rename = "h", default)]
    pub headers: Headers,
    /// The checksum that its parts carry.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<Algorithm>,
    /// Whether the object's checksum is that of its bytes, not that of its parts' checksums.
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    pub full_object: bool,
}

/// A part of an upload.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its number: 1 to 10,000.
    pub number: u16,
    /// Its length.
    pub size: u64,
    /// Its entity tag, without quotes.
    pub e_tag: String,
    /// When it was written.
    pub modified: Timestamp,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// A part that an upload is completed with.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// Its number.
    pub number: u16,
    /// Its entity tag, without quotes.
    pub e_tag: String,
    /// Its checksum, where the client names it.
    pub checksum: Option<(Algorithm, String)>,
}

/// What the client expects the object to be.
#[derive(Debug, Default)]
pub struct Expected {
    /// Its checksum.
    pub checksum: Option<(Algorithm, String)>,
    /// Its length.
    pub size: Option<u64>,
}

/// Keeps objects.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The object at a key.
    async fn find(&self, at: At<'_>) -> Result<Option<Found>, Error>;

    /// The bytes of an object in this range, which lies inside it. What is read is the version that
    /// was found, also when it is overwritten meanwhile.
    async fn read(&self, found: &Found, range: Range<u64>) -> Result<wire::Stream, Error>;

    /// Writes an object. It is visible whole or not at all, and only if the body was good to its end.
    async fn put(
        &self,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
        body: Incoming,
    ) -> Result<Object, Error>;

    /// Writes a copy of an object that was found.
    async fn copy(
        &self,
        from: &Found,
        at: At<'_>,
        headers: Headers,
        precondition: &Precondition,
    ) -> Result<Object, Error>;

    /// Deletes an object, if it is there.
    async fn delete(&self, at: At<'_>, precondition: &Precondition) -> Result<(), Error>;

    /// A page of a bucket's objects.
    async fn list(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error>;

    /// Whether the bucket has no object. Its unfinished uploads are aborted.
    async fn clear(&self, bucket: &Bucket) -> Result<bool, Error>;

    /// Begins an upload; its id is drawn here.
    async fn begin(&self, at: At<'_>, upload: Upload) -> Result<String, Error>;

    /// An upload that is neither completed nor aborted.
    async fn upload(&self, at: At<'_>, id: &str) -> Result<Option<Upload>, Error>;

    /// Writes a part. A part of the same number is replaced.
    async fn put_part(&self, at: At<'_>, id: &str, number: u16, body: Incoming) -> Result<Part, Error>;

    /// The parts of an upload above a number, in order of their numbers.
    async fn parts(&self, at: At<'_>, id: &str, after: u16, limit: usize) -> Result<Vec<Part>, Error>;

    /// Makes the object of these parts, copying nothing. An upload that was completed before answers
    /// with its object as long as that is there.
    async fn complete(
        &self,
        at: At<'_>,
        id: &str,
        chosen: &[Chosen],
        precondition: &Precondition,
        expected: &Expected,
    ) -> Result<Object, Error>;

    /// Forgets an upload and its parts.
    async fn abort(&self, at: At<'_>, id: &str) -> Result<(), Error>;

    /// A page of a bucket's uploads. `after_id` continues among the uploads of the key `query.after`.
    async fn uploads(&self, bucket: &Bucket, query: &Query<'_>, after_id: Option<&str>) -> Result<Page<Upload>, Error>;
}

impl Content {
    /// The byte ranges of the parts, for objects that were uploaded in parts.
    pub fn parts(&self) -> Option<Vec<Range<u64>>> {
        let Self::Segments { segments, parts: true } = self else { return None };
        let mut start = 0;
        let ranges = segments.iter().map(|segment| {
            let end = start + segment.size;
            let range = start..end;
            start = end;
            range
        });
        Some(ranges.collect())
    }
}
