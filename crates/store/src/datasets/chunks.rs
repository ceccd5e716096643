//! Where the records of a dataset lie: in up to 64 rows of about 16 KiB, by a digest of their keys.
//!
//! A small dataset is one row: it is read and written as a whole. A large one is spread, so that a change of few
//! records does not write all of them, and no commit has more rows than a commit may have, however many records it
//! changes.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::{Dataset, Record};
use crate::record::decode;
use crate::rows::{Error, Row, Rows, Scan, Table, Version};

/// Some records of a dataset, as they were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    /// The version of the row; `None`: there is no row.
    pub(super) version: Option<Version>,
    pub(super) records: BTreeMap<String, Record>,
    pub(super) is_changed: bool,
}

/// Chunks, by their number.
pub(super) type Chunks = BTreeMap<u8, Chunk>;

/// Reads the chunks in which these keys lie; `None`: all of them.
pub(super) async fn read(rows: &dyn Rows, dataset: &Dataset, keys: Option<&BTreeSet<&str>>) -> Result<Chunks, Error> {
    let wanted: Option<BTreeSet<u8>> = keys.map(|keys| keys.iter().map(|key| number(key, dataset.spread)).collect());
    match wanted {
        Some(wanted) if wanted.len() <= FEW => {
            let mut chunks = Chunks::new();
            for number in wanted {
                let row = rows.get(Table::Record, &key(dataset.id, number)).await?;
                chunks.insert(number, row.map(chunk).transpose()?.unwrap_or_default());
            }
            Ok(chunks)
        }
        Some(_) | None => all(rows, dataset).await,
    }
}

async fn all(rows: &dyn Rows, dataset: &Dataset) -> Result<Chunks, Error> {
    let mut chunks: Chunks = (0..=mask(dataset.spread)).map(|number| (number, Chunk::default())).collect();
    let prefix = dataset.id.to_be_bytes();
    let scan = Scan { table: Table::Record, prefix: &prefix, after: None, limit: MOST };
    for (key, row) in rows.scan(scan).await? {
        let number = key.last().copied().unwrap_or_default();
        chunks.insert(number, chunk(row)?);
    }
    Ok(chunks)
}

/// Spreads records over twice as many rows.
pub(super) fn doubled(chunks: Chunks, spread: u8) -> Chunks {
    let mut doubled = Chunks::new();
    for (old, chunk) in chunks {
        let stays = Chunk { version: chunk.version, records: BTreeMap::new(), is_changed: true };
        doubled.insert(old, stays);
        for (text, record) in chunk.records {
            let target: &mut Chunk = doubled.entry(number(&text, spread + 1)).or_default();
            target.is_changed = true;
            target.records.insert(text, record);
        }
    }
    doubled
}

/// The row key of a chunk.
pub(super) fn key(dataset: u128, number: u8) -> Vec<u8> {
    [dataset.to_be_bytes().as_slice(), &[number]].concat()
}

/// In which chunk a key lies.
pub(super) fn number(key: &str, spread: u8) -> u8 {
    let digest = Sha256::digest(key.as_bytes());
    digest.first().copied().unwrap_or_default() & mask(spread)
}

fn mask(spread: u8) -> u8 {
    1u8.checked_shl(spread.min(MOST_SPREAD).into()).map_or(u8::MAX, |rows| rows - 1)
}

fn chunk(row: Row) -> Result<Chunk, Error> {
    let records: Vec<Record> = decode(KIND, &row.value)?;
    let records = records.into_iter().map(|record| (record.key.clone(), record)).collect();
    Ok(Chunk { version: Some(row.version), records, is_changed: false })
}

impl Record {
    /// About what it takes in its row.
    pub(super) fn weight(&self) -> usize {
        self.key.len() + self.value.as_ref().map_or(0, String::len) + self.modified_by.len() + 64
    }
}

impl Chunk {
    /// Whether it should be spread over two rows.
    pub(super) fn is_large(&self) -> bool {
        self.records.len() > 1 && self.records.values().map(Record::weight).sum::<usize>() > LARGE
    }

    /// Forgets the oldest traces of removed records where there are too many; answers the highest count of those.
    pub(super) fn forget(&mut self, spread: u8) -> u64 {
        let mut traces: Vec<(u64, String, usize)> = self
            .records
            .values()
            .filter(|record| record.value.is_none())
            .map(|record| (record.sync_count, record.key.clone(), record.weight()))
            .collect();
        traces.sort_unstable();
        let (mut count, mut bytes) = (traces.len(), traces.iter().map(|(_, _, weight)| weight).sum::<usize>());
        let mut forgotten = 0;
        for (sync_count, key, weight) in traces {
            if count <= MOST_TRACES >> spread && bytes <= MOST_TRACE_BYTES >> spread {
                break;
            }
            self.records.remove(&key);
            (count, bytes, forgotten) = (count - 1, bytes - weight, sync_count);
        }
        forgotten
    }
}

pub(super) const KIND: &str = "records of a dataset";
/// Beyond so many rows one scan is cheaper.
const FEW: usize = 4;
/// The most rows of a dataset.
const MOST: usize = 1 << MOST_SPREAD;
pub(super) const MOST_SPREAD: u8 = 6;
/// Twice what a row should hold.
const LARGE: usize = 32 * 1024;
/// Traces of removed records of a whole dataset: four times the records that it may have.
const MOST_TRACES: usize = 4096;
const MOST_TRACE_BYTES: usize = 2 * 1024 * 1024;
