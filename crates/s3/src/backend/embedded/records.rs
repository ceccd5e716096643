//! The rows of objects, uploads and parts.
//!
//! A row is a format byte, the length of a JSON document in four bytes, the document, and the bytes
//! of a small object. A blob's row has the blob's id as its version: whoever names a blob can delete
//! its row without reading it.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use store::records::buckets::Bucket;
use store::{Error as StoreError, Row, Table, Version, Write};
use vocab::{Random, Timestamp};

use super::place::{self, Place};
use crate::backend::{At, Object};
use crate::checksum::Checksum;

/// The name of a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BlobId(pub(super) [u8; 16]);

/// A file that is an object, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    /// The file.
    #[serde(rename = "b")]
    pub(super) blob: BlobId,
    /// Its length.
    #[serde(rename = "s")]
    pub(super) size: u64,
    /// Its checksum, where it is a part.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<Checksum>,
    /// Its number, where it is a part.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<u16>,
}

/// Where an object's bytes are.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Beside what is known of it.
    Inline(Bytes),
    /// In files, one after the other.
    Segments {
        /// The files.
        segments: Vec<Segment>,
        /// Whether each is a part of a multipart upload.
        parts: bool,
    },
}

/// An object's row.
#[derive(Serialize, Deserialize)]
struct ObjectRecord {
    #[serde(rename = "o")]
    object: Object,
    /// The files; empty where the bytes follow.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    segments: Vec<Segment>,
    /// The upload that made it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    upload: Option<String>,
    /// Its place among the versions of its key. Rows of the first release have none: their time is
    /// their place.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    order: Option<u64>,
    /// The second half of its version id; none: its id is `null`.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    tail: Option<u64>,
    /// Whether it is a delete marker.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    is_marker: bool,
}

/// An object as its row has it.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) object: Object,
    pub(super) content: Content,
    /// The version of the row.
    pub(super) row: Version,
    pub(super) upload: Option<String>,
    /// Which version it is.
    pub(super) place: Place,
    pub(super) is_marker: bool,
}

/// A part's row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PartRecord {
    #[serde(flatten)]
    pub(super) segment: Segment,
    #[serde(rename = "e")]
    pub(super) e_tag: String,
    #[serde(rename = "m")]
    pub(super) modified: Timestamp,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<Checksum>,
}

/// What a commit left to be removed in later commits.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Garbage {
    /// These files.
    #[serde(rename = "b")]
    Blobs(Vec<BlobId>),
    /// The parts of an upload, with their files but for those of the kept numbers.
    #[serde(rename = "u")]
    Parts {
        #[serde(rename = "i")]
        upload: String,
        #[serde(rename = "k")]
        kept: Vec<u16>,
    },
}

/// The key of an object: the bucket's id, then the key.
pub(super) fn object_key(at: &At<'_>) -> Vec<u8> {
    [at.bucket.id.as_slice(), at.key.as_bytes()].concat()
}

/// The key of an upload: as its object's, then a zero byte, which no key has, and the id.
pub(super) fn upload_key(at: &At<'_>, id: &str) -> Vec<u8> {
    [at.bucket.id.as_slice(), at.key.as_bytes(), &[0], id.as_bytes()].concat()
}

/// The keys of all parts of an upload begin with this.
pub(super) fn parts_prefix(id: &str) -> Vec<u8> {
    [id.as_bytes(), b"/"].concat()
}

pub(super) fn part_key(id: &str, number: u16) -> Vec<u8> {
    [id.as_bytes(), b"/", &number.to_be_bytes()].concat()
}

/// The number in a part's key.
pub(super) fn part_number(key: &[u8]) -> u16 {
    key.last_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes))
}

pub(super) fn blob_key(blob: BlobId) -> Vec<u8> {
    [b"b".as_slice(), &blob.0].concat()
}

/// The keys of all garbage begin with this.
pub(super) const GARBAGE: &[u8] = b"g";

pub(super) fn garbage_key(random: &dyn Random) -> Vec<u8> {
    [GARBAGE, &random.bytes::<16>()].concat()
}

/// Makes a blob named.
pub(super) fn name(blob: BlobId) -> Write {
    Write::insert(Table::Blob, blob_key(blob), Row { version: Version(blob.0), value: vec![FORMAT] })
}

/// Makes a blob unnamed.
pub(super) fn unname(blob: BlobId) -> Write {
    Write::delete(Table::Blob, blob_key(blob), Version(blob.0))
}

/// The row of an object or a marker.
pub(super) fn object_row(stored: &Stored) -> Result<Row, StoreError> {
    let (segments, inline) = match &stored.content {
        Content::Inline(bytes) => (Vec::new(), bytes.as_ref()),
        Content::Segments { segments, .. } => (segments.clone(), [].as_slice()),
    };
    let record = ObjectRecord {
        object: stored.object.clone(),
        segments,
        upload: stored.upload.clone(),
        order: Some(stored.place.order),
        tail: stored.place.tail,
        is_marker: stored.is_marker,
    };
    let json = serde_json::to_vec(&record).map_err(|error| unreadable("object", error.to_string()))?;
    let length = u32::try_from(json.len()).map_err(|_| unreadable("object", "it is too large".into()))?;
    let value = [&[FORMAT], length.to_be_bytes().as_slice(), &json, inline].concat();
    Ok(Row { version: stored.row, value })
}

/// The object or the marker that a row holds.
pub(super) fn object(row: Row) -> Result<Stored, StoreError> {
    let value = Bytes::from(row.value);
    let bad = || unreadable("object", "it has another format".into());
    let (head, rest) = value.split_first_chunk::<5>().ok_or_else(bad)?;
    let [FORMAT, length @ ..] = *head else { return Err(bad()) };
    let length = u32::from_be_bytes(length) as usize;
    let json = rest.get(..length).ok_or_else(bad)?;
    let record: ObjectRecord = serde_json::from_slice(json).map_err(|error| unreadable("object", error.to_string()))?;
    let parts = record.upload.is_some();
    let content = if record.segments.is_empty() {
        Content::Inline(value.slice(5 + length..))
    } else {
        Content::Segments { segments: record.segments, parts }
    };
    let by_time = || place::by_time(record.object.modified);
    let place = Place { order: record.order.unwrap_or_else(by_time), tail: record.tail };
    let ObjectRecord { object, upload, is_marker, .. } = record;
    Ok(Stored { object, content, row: row.version, upload, place, is_marker })
}

/// A row of one JSON document.
pub(super) fn row<T: Serialize>(kind: &'static str, value: &T, random: &dyn Random) -> Result<Row, StoreError> {
    store::record::encode(kind, value, random)
}

/// The document of such a row.
pub(super) fn value<T: DeserializeOwned>(kind: &'static str, row: &Row) -> Result<T, StoreError> {
    store::record::decode(kind, &row.value)
}

/// The part of an object's or upload's key behind the bucket's id.
pub(super) fn after_bucket<'k>(bucket: &Bucket, key: &'k [u8]) -> &'k [u8] {
    key.get(bucket.id.len()..).unwrap_or_default()
}

fn unreadable(kind: &'static str, why: String) -> StoreError {
    StoreError::Unreadable { kind, why }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl BlobId {
    /// The blob whose file has this name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let shaped = name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u128::from_str_radix(name, 16).ok().filter(|_| shaped)?;
        Some(Self(number.to_be_bytes()))
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::parse(&name).ok_or_else(|| D::Error::custom("not the name of a blob"))
    }
}

const FORMAT: u8 = 1;
