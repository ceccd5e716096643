//! Listings: ranges of the index in byte order. A common prefix is skipped by seeking behind it, so
//! that a page costs what it shows, however large the bucket is.

use store::records::buckets::Bucket;
use store::{Row, Scan, Table};

use super::Embedded;
use super::records;
use crate::Error;
use crate::backend::{Entry, Object, Page, Query, Upload};

/// A walk over one table of a bucket.
struct Walk<'a> {
    table: Table,
    bucket: &'a Bucket,
    query: &'a Query<'a>,
    /// The first row is behind this key.
    after: Vec<u8>,
    /// The name in the part of a row's key behind the bucket's id.
    name: fn(&[u8]) -> &[u8],
}

impl Embedded {
    pub(super) async fn list_objects(&self, bucket: &Bucket, query: &Query<'_>) -> Result<Page<Object>, Error> {
        let after = match query.after {
            Some(after) => passed(after, query).unwrap_or_else(|| after.as_bytes().to_vec()),
            None => Vec::new(),
        };
        let walk = Walk { table: Table::Object, bucket, query, after, name: |key| key };
        self.walk(walk, |row| Ok(records::object(row)?.object)).await
    }

    pub(super) async fn list_uploads(
        &self,
        bucket: &Bucket,
        query: &Query<'_>,
        after_id: Option<&str>,
    ) -> Result<Page<Upload>, Error> {
        let behind_key = |after: &str| match after_id {
            Some(id) => [after.as_bytes(), &[0], id.as_bytes()].concat(),
            None => [after.as_bytes(), &[0, u8::MAX]].concat(),
        };
        let after = match query.after {
            Some(after) => passed(after, query).unwrap_or_else(|| behind_key(after)),
            None => Vec::new(),
        };
        let walk = Walk { table: Table::Upload, bucket, query, after, name: key_of_upload };
        self.walk(walk, |row| Ok(records::value("upload", &row)?)).await
    }

    async fn walk<T>(&self, walk: Walk<'_>, read: impl Fn(Row) -> Result<T, Error>) -> Result<Page<T>, Error> {
        let Walk { table, bucket, query, mut after, name } = walk;
        let prefix = [bucket.id.as_slice(), query.prefix.as_bytes()].concat();
        let mut entries: Vec<Entry<T>> = Vec::new();
        // Rolled-up rows are read in vain: start small, and grow where rows are shown.
        let mut batch = if query.delimiter.is_some() { FIRST_BATCH } else { LARGEST_BATCH };
        loop {
            let limit = batch.min(query.limit + 1 - entries.len());
            let from = [bucket.id.as_slice(), &after].concat();
            let from = Some(from.as_slice()).filter(|_| !after.is_empty());
            let rows = self.rows.scan(Scan { table, prefix: &prefix, after: from, limit }).await?;
            let is_last = rows.len() < limit;
            let mut skipped_to_end = false;
            for (key, row) in rows {
                let key = records::after_bucket(bucket, &key);
                let Ok(shown) = std::str::from_utf8(name(key)) else { continue };
                let common = common_prefix(shown, query);
                skipped_to_end = common.is_some();
                if let (Some(common), Some(Entry::Prefix(last))) = (common, entries.last())
                    && common == last
                {
                    continue;
                }
                if entries.len() == query.limit {
                    return Ok(Page { entries, truncated: true });
                }
                after = key.to_vec();
                entries.push(match common {
                    Some(common) => Entry::Prefix(common.to_owned()),
                    None => Entry::Key(shown.to_owned(), read(row)?),
                });
            }
            if is_last {
                return Ok(Page { entries, truncated: false });
            }
            match entries.last() {
                Some(Entry::Prefix(common)) if skipped_to_end => after = behind(common.as_bytes()),
                _ => batch = (batch * 2).min(LARGEST_BATCH),
            }
        }
    }
}

/// The common prefix that a key is rolled up to.
pub(super) fn common_prefix<'k>(key: &'k str, query: &Query<'_>) -> Option<&'k str> {
    let delimiter = query.delimiter?;
    let rest = key.strip_prefix(query.prefix)?;
    let end = query.prefix.len() + rest.find(delimiter)? + delimiter.len();
    key.get(..end)
}

/// Where a listing goes on that has passed a common prefix: it is not greater than `after`, so it is
/// not shown, and with it all that it stands for.
pub(super) fn passed(after: &str, query: &Query<'_>) -> Option<Vec<u8>> {
    common_prefix(after, query).map(|common| behind(common.as_bytes()))
}

/// Behind every key that begins so: keys are UTF-8, which has no such byte.
pub(super) fn behind(prefix: &[u8]) -> Vec<u8> {
    [prefix, &[u8::MAX]].concat()
}

/// The key before the zero byte and the upload's id.
fn key_of_upload(key: &[u8]) -> &[u8] {
    key.split(|byte| *byte == 0).next().unwrap_or_default()
}

pub(super) const FIRST_BATCH: usize = 16;
/// So many rows are read at a time: each may have the bytes of a small object in it.
pub(super) const LARGEST_BATCH: usize = 200;
