//! What backends take and answer.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use store::records::buckets::Bucket;
use vocab::Timestamp;

use crate::checksum::{Algorithm, Checksum};
use crate::conditions::{Conditions, Precondition};

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

/// What stands at a key.
#[derive(Debug, Clone)]
pub enum Sought {
    /// An object.
    Object(Found),
    /// A delete marker.
    Marker(Marker),
}

/// An object as it was found: whoever reads it reads this version, whatever comes later.
#[derive(Debug, Clone)]
pub struct Found {
    /// What is known of it.
    pub object: Object,
    /// The id of the version, `null` where it was written without one. `None`: the bucket never had
    /// versions.
    pub version: Option<String>,
    /// Where its bytes are, for the backend that found it and nobody else.
    pub handle: Arc<dyn Any + Send + Sync>,
}

/// A version that says that the object was deleted.
#[derive(Debug, Clone)]
pub struct Marker {
    /// Its id.
    pub version: String,
    /// When it was made.
    pub modified: Timestamp,
}

/// What will be wanted of an object, if the caller may have it: a backend that is far away begins to
/// fetch just that.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish<'a> {
    /// The version; `None`: the current one.
    pub version: Option<&'a str>,
    /// Whether its bytes are read.
    pub bytes: bool,
    /// The `Range` header.
    pub range: Option<&'a str>,
    /// The number of the part that is wanted alone.
    pub part: Option<u16>,
    /// The conditions of the read. They are judged by whoever asks.
    pub conditions: Conditions<'a>,
}

/// One part of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Where it lies in the object.
    pub range: Range<u64>,
    /// How many parts there are; `None` where the object was written at once.
    pub count: Option<usize>,
    /// Its checksum.
    pub checksum: Option<Checksum>,
}

/// The parts of an object that was uploaded in parts.
#[derive(Debug, Clone, Default)]
pub struct Composition {
    /// How many there are.
    pub total: usize,
    /// Those that were asked for, with their numbers, lengths and checksums.
    pub parts: Vec<(u16, u64, Option<Checksum>)>,
    /// Whether more follow.
    pub truncated: bool,
}

/// What a write made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The object.
    pub object: Object,
    /// The id of its version. `None`: the bucket never had versions.
    pub version: Option<String>,
}

/// What is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed<'a> {
    /// Its key.
    pub key: &'a str,
    /// The version, or what is current.
    pub version: Option<&'a str>,
    /// What must be there.
    pub precondition: Precondition,
}

/// What a deletion did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The version that was deleted, or the marker that was made. `None`: there are no versions.
    pub version: Option<String>,
    /// Whether that is a delete marker.
    pub marker: bool,
}

/// One line of a listing of versions.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// The id.
    pub version: String,
    /// Whether it is the current one.
    pub is_latest: bool,
    /// When it was made.
    pub modified: Timestamp,
    /// The object; `None`: it is a delete marker.
    pub object: Option<Object>,
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
