//! Which version of a key something is, and where its row lies.
//!
//! The current object lies in the table of objects, whose range is the listing. What is not current,
//! and every delete marker, lies in the table of versions: by bucket, key and age, the newest first.
//! A key has at most one version whose id is `null`; where that is not current, a pointer leads to it.

use store::{Row, Table, Version, Write};
use vocab::{Random, Timestamp};

use super::records::Stored;
use crate::backend::At;

/// A version of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Greater for newer versions of a key.
    pub(super) order: u64,
    /// The second half of its id; none: its id is `null`.
    pub(super) tail: Option<u64>,
}

/// What a client calls a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Id {
    /// The one that was written without an id.
    Null,
    /// Another.
    Of(Place),
}

impl Id {
    /// Reads an id: `null`, or 32 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == NULL {
            return Some(Self::Null);
        }
        let shaped = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (order, tail) = text.split_at_checked(16).filter(|_| shaped)?;
        let number = |half| u64::from_str_radix(half, 16).ok();
        Some(Self::Of(Place { order: number(order)?, tail: Some(number(tail)?) }))
    }

    /// Whether this is the id of a version.
    pub(super) fn is_of(self, place: Place) -> bool {
        match self {
            Self::Null => place.tail.is_none(),
            Self::Of(named) => named == place,
        }
    }
}

impl Place {
    /// The place of something newer than `before`.
    pub(super) fn next(now: Timestamp, before: Option<Self>, with_id: bool, random: &dyn Random) -> Self {
        let order = by_time(now).max(before.map_or(0, |before| before.order.saturating_add(1)));
        Self { order, tail: with_id.then(|| u64::from_be_bytes(random.bytes())) }
    }

    /// The id that clients see.
    pub(super) fn id(self) -> String {
        match self.tail {
            Some(tail) => format!("{:016x}{tail:016x}", self.order),
            None => NULL.into(),
        }
    }

    /// Its key in the table of versions, behind the bucket's id.
    pub(super) fn suffix(self, key: &str) -> Vec<u8> {
        let (age, tail) = ((u64::MAX - self.order).to_be_bytes(), self.tail.unwrap_or(0).to_be_bytes());
        [VERSION, key.as_bytes(), &[0], &age, &tail].concat()
    }

    /// Its key in the table of versions.
    pub(super) fn key(self, at: &At<'_>) -> Vec<u8> {
        [at.bucket.id.as_slice(), &self.suffix(at.key)].concat()
    }
}

/// The place of what was written at this time, in microseconds.
pub(super) fn by_time(time: Timestamp) -> u64 {
    u64::try_from(time.millis()).unwrap_or(0).saturating_mul(1000)
}

/// The keys of all versions of a key in the table of versions begin with this.
pub(super) fn versions_of(at: &At<'_>) -> Vec<u8> {
    [at.bucket.id.as_slice(), VERSION, at.key.as_bytes(), &[0]].concat()
}

/// Where the pointer to a key's version `null` lies.
pub(super) fn pointer_key(at: &At<'_>) -> Vec<u8> {
    [at.bucket.id.as_slice(), POINTER, at.key.as_bytes()].concat()
}

/// The write that makes a pointer, or moves the one that is there.
pub(super) fn point(at: &At<'_>, old: Option<Version>, to: Place, random: &dyn Random) -> Write {
    let row = Row { version: Version::draw(random), value: [&[FORMAT], to.order.to_be_bytes().as_slice()].concat() };
    match old {
        Some(old) => Write::replace(Table::ObjectVersion, pointer_key(at), old, row),
        None => Write::insert(Table::ObjectVersion, pointer_key(at), row),
    }
}

/// Where a pointer leads.
pub(super) fn pointed(row: &Row) -> Option<Place> {
    let [FORMAT, order @ ..] = *row.value.first_chunk::<9>()? else { return None };
    Some(Place { order: u64::from_be_bytes(order), tail: None })
}

impl Stored {
    /// The id that clients see. `None`: the bucket never had versions.
    pub(super) fn version(&self, at: &At<'_>) -> Option<String> {
        let is_plain = at.bucket.versioning == store::records::buckets::Versioning::Off && self.place.tail.is_none();
        (!is_plain).then(|| self.place.id())
    }
}

/// The keys of versions, behind the bucket's id, begin with this.
pub(super) const VERSION: &[u8] = b"v";
const POINTER: &[u8] = b"n";
const NULL: &str = "null";
const FORMAT: u8 = 1;
