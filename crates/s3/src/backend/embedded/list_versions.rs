//! Listings of versions: the current objects and the other versions, merged in order of keys, the
//! newest of a key first. A common prefix is skipped in both.

use std::collections::VecDeque;

use store::records::buckets::Bucket;
use store::{Row, Rows, Scan, Table};

use super::Embedded;
use super::list::{FIRST_BATCH, LARGEST_BATCH, behind, common_prefix, passed};
use super::place::{Id, VERSION};
use super::records::{self, Stored};
use crate::Error;
use crate::backend::{At, Entry, Page, Query, Versioned};

/// A walk over one of the tables.
struct Side<'a> {
    rows: &'a dyn Rows,
    table: Table,
    /// What all its keys begin with, before the object's key.
    head: Vec<u8>,
    prefix: &'a str,
    /// It goes on behind this.
    after: Vec<u8>,
    read: VecDeque<(Vec<u8>, Row)>,
    is_done: bool,
    batch: usize,
}

impl Embedded {
    pub(super) async fn list_versions(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after: Option<&str>,
    ) -> Result<Page<Versioned>, Error> {
        let first = if query.delimiter.is_some() { FIRST_BATCH } else { LARGEST_BATCH };
        let side = |table, head: &[u8]| Side {
            rows: &*self.rows,
            table,
            head: [bucket.id.as_slice(), head].concat(),
            prefix: query.prefix,
            after: Vec::new(),
            read: VecDeque::new(),
            is_done: false,
            batch: first.min(query.limit + 1),
        };
        let (mut objects, mut versions) = (side(Table::Object, b""), side(Table::ObjectVersion, VERSION));
        if let Some(key) = query.after {
            let start = self.start(bucket, query, key, after).await?;
            (objects.after, versions.after) = start;
        }
        // A key whose newer versions were on the page before.
        let mut last = after.and(query.after).map(|key| (key.to_owned(), String::new()));
        let mut entries: Vec<Entry<Versioned>> = Vec::new();
        loop {
            let (object, version) = (objects.peek().await?, versions.peek().await?);
            // The current object stands before the zero byte behind its key in other versions.
            let next = match (object, version) {
                (Some(object), Some(version)) if object < version => &mut objects,
                (Some(_), None) => &mut objects,
                (_, Some(_)) => &mut versions,
                (None, None) => return Ok(Page { entries, truncated: false }),
            };
            let Some((place, row)) = next.read.pop_front() else { continue };
            let Ok(key) = std::str::from_utf8(key_of(&place)) else { continue };
            let common = common_prefix(key, query);
            if let (Some(common), Some(Entry::Prefix(shown))) = (common, entries.last())
                && common == shown
            {
                continue;
            }
            let stored = records::object(row)?;
            let id = stored.place.id();
            // What moved from one table to the other meanwhile is shown once.
            if last.as_ref().is_some_and(|(shown, version)| shown == key && *version == id) {
                continue;
            }
            if entries.len() == query.limit {
                return Ok(Page { entries, truncated: true });
            }
            if let Some(common) = common {
                let beyond = behind(common.as_bytes());
                objects.skip_to(&beyond);
                versions.skip_to(&beyond);
                entries.push(Entry::Prefix(common.to_owned()));
                continue;
            }
            let is_latest = last.as_ref().is_none_or(|(shown, _)| shown != key);
            entries.push(Entry::Key(key.to_owned(), shown(stored, is_latest)));
            last = Some((key.to_owned(), id));
        }
    }

    /// Where both tables go on.
    async fn start(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        key: &str,
        version: Option<&str>,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        if let Some(beyond) = passed(key, query) {
            return Ok((beyond.clone(), beyond));
        }
        let all_of_key = [key.as_bytes(), &[0, u8::MAX]].concat();
        let Some(id) = version.map(|version| Id::parse(version).ok_or(WRONG_MARKER)).transpose()? else {
            // Ages are below this: the first byte of a time of our days is not the last there is.
            return Ok((key.as_bytes().to_vec(), [all_of_key.as_slice(), &[u8::MAX; 16]].concat()));
        };
        let at = At { bucket, key };
        let current = self.look(&at, None).await?.filter(|current| !current.is_marker);
        let place = match (id, current) {
            // All others of the key follow.
            (id, Some(current)) if id.is_of(current.place) => None,
            (Id::Of(place), _) => Some(place),
            (Id::Null, _) => self.older(&at, id).await?.map(|older| older.place),
        };
        let versions = match place {
            Some(place) => place.suffix(key).split_off(VERSION.len()),
            None => [key.as_bytes(), &[0]].concat(),
        };
        Ok((key.as_bytes().to_vec(), versions))
    }
}

impl Side<'_> {
    /// The key of the next row, behind the head.
    async fn peek(&mut self) -> Result<Option<&[u8]>, Error> {
        if self.read.is_empty() && !self.is_done {
            let prefix = [self.head.as_slice(), self.prefix.as_bytes()].concat();
            let after = [self.head.as_slice(), &self.after].concat();
            let after = Some(after.as_slice()).filter(|_| !self.after.is_empty());
            let scan = Scan { table: self.table, prefix: &prefix, after, limit: self.batch };
            let rows = self.rows.scan(scan).await?;
            self.is_done = rows.len() < self.batch;
            self.batch = (self.batch * 2).min(LARGEST_BATCH);
            let cut = self.head.len();
            self.read = rows.into_iter().map(|(key, row)| (key.get(cut..).unwrap_or_default().to_vec(), row)).collect();
            if let Some((last, _)) = self.read.back() {
                self.after = last.clone();
            }
        }
        Ok(self.read.front().map(|(key, _)| key.as_slice()))
    }

    /// Leaves out what is not behind this.
    fn skip_to(&mut self, beyond: &[u8]) {
        while self.read.pop_front_if(|(key, _)| key.as_slice() <= beyond).is_some() {}
        if self.read.is_empty() && !self.is_done && self.after.as_slice() < beyond {
            self.after = beyond.to_vec();
            self.batch = FIRST_BATCH;
        }
    }
}

fn shown(stored: Stored, is_latest: bool) -> Versioned {
    let Stored { object, place, is_marker, .. } = stored;
    let modified = object.modified;
    Versioned { version: place.id(), is_latest, modified, object: Some(object).filter(|_| !is_marker) }
}

/// The object's key: what stands before a zero byte, or all of it.
fn key_of(place: &[u8]) -> &[u8] {
    place.split(|byte| *byte == 0).next().unwrap_or_default()
}

const WRONG_MARKER: Error = Error::InvalidArgument("Invalid version id specified");
