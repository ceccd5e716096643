//! The outbox: what is to be told to others about changes of datasets, until they were told.
//!
//! An entry joins the commit of the change that it tells of: neither is there without the other. Entries lie in 64
//! partitions; each partition has one process at a time that delivers it ([`crate::nodes`]). In a partition the entries
//! of a dataset stand in the order of its counts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vocab::{IdentityId, PoolId, Random, Timestamp};

use crate::datasets::Record;
use crate::record::{decode, encode};
use crate::rows::{Error, Outcome, Rows, Scan, Table, Write};

/// How many partitions there are.
pub const PARTITIONS: u8 = 64;

/// Whom an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// The devices of the identity.
    #[serde(rename = "p")]
    Push,
    /// The stream of the pool.
    #[serde(rename = "s")]
    Stream,
}

/// What happened to a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Happened {
    /// All of it is published, nothing happened.
    #[serde(rename = "p")]
    Published,
    /// Records were changed.
    #[serde(rename = "c")]
    Changed,
    /// It was deleted.
    #[serde(rename = "d")]
    Deleted,
}

/// What is to be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whom it is for.
    #[serde(rename = "k")]
    pub kind: Kind,
    /// The pool.
    #[serde(rename = "p")]
    pub pool: PoolId,
    /// The identity.
    #[serde(rename = "i")]
    pub identity: IdentityId,
    /// The dataset's name.
    #[serde(rename = "n")]
    pub dataset: String,
    /// Its count.
    #[serde(rename = "s")]
    pub sync_count: u64,
    /// What happened.
    #[serde(rename = "h")]
    pub happened: Happened,
    /// When.
    #[serde(rename = "t")]
    pub at: Timestamp,
    /// The devices to tell, for [`Kind::Push`].
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// The records, for [`Kind::Stream`].
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
}

/// An entry as it was read.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its key.
    pub key: Vec<u8>,
    /// The entry.
    pub entry: Entry,
    /// The write that takes it out.
    pub done: Write,
}

/// The outbox of a store.
#[derive(Clone)]
pub struct Outbox {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Outbox {
    /// The outbox kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random }
    }

    /// The write that puts an entry in.
    pub fn put(&self, entry: &Entry) -> Result<Write, Error> {
        Ok(Write::insert(Table::Outbox, key(entry), encode(KIND, entry, &*self.random)?))
    }

    /// Puts an entry in that may be there already.
    pub async fn add(&self, entry: &Entry) -> Result<(), Error> {
        let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(vec![self.put(entry)?]).await?;
        Ok(())
    }

    /// A page of the entries of all partitions after a key, in order. An entry that a newer version has left is that
    /// version's to deliver.
    pub async fn page(&self, partition: Option<u8>, after: Option<&[u8]>, limit: usize) -> Result<Page, Error> {
        let prefix: &[u8] = partition.as_slice();
        let found = self.rows.scan(Scan { table: Table::Outbox, prefix, after, limit }).await?;
        let next = found.last().filter(|_| found.len() == limit).map(|(key, _)| key.clone());
        let mut entries = Vec::new();
        for (key, row) in found {
            if let Ok(entry) = decode(KIND, &row.value) {
                let done = Write::delete(Table::Outbox, key.clone(), row.version);
                entries.push(Waiting { key, entry, done });
            }
        }
        Ok(Page { entries, next })
    }

    /// Takes out what was delivered, together with the writes beside it. Whether it happened: it does not where
    /// somebody else has taken any of it out.
    pub async fn take_out(&self, delivered: &[Waiting], beside: Vec<Write>) -> Result<bool, Error> {
        let mut writes = beside;
        writes.extend(delivered.iter().map(|waiting| waiting.done.clone()));
        Ok(self.rows.commit(writes).await? == Outcome::Committed)
    }
}

/// A page of entries.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// The entries.
    pub entries: Vec<Waiting>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<Vec<u8>>,
}

impl Waiting {
    /// The partition it lies in.
    pub fn partition(&self) -> u8 {
        self.key.first().copied().unwrap_or_default()
    }

    /// What keeps its order: the entries of one dataset for one kind of listener.
    pub fn lane(&self) -> &[u8] {
        self.key.get(..LANE).unwrap_or_default()
    }

    /// Where a page begins that has nothing more of its partition.
    pub fn after_partition(&self) -> Vec<u8> {
        beyond(self.key.get(..1).unwrap_or_default())
    }

    /// Where a page begins that has nothing more of its kind in its partition.
    pub fn after_kind(&self) -> Vec<u8> {
        beyond(self.key.get(..2).unwrap_or_default())
    }

    /// Where a page begins that has nothing more of its lane.
    pub fn after_lane(&self) -> Vec<u8> {
        beyond(self.lane())
    }
}

/// No key that begins so is greater.
fn beyond(prefix: &[u8]) -> Vec<u8> {
    let mut key = prefix.to_vec();
    key.resize(LANE + 9, 0xff);
    key
}

impl Entry {
    /// What makes telling it twice harmless: pool, identity, dataset and count, and the word `deleted` or `published`
    /// where it is no change.
    pub fn idempotency_key(&self) -> String {
        let Self { pool, identity, dataset, sync_count, .. } = self;
        let tail = match self.happened {
            Happened::Published => "/published",
            Happened::Changed => "",
            Happened::Deleted => "/deleted",
        };
        format!("{pool}/{identity}/{dataset}/{sync_count}{tail}")
    }
}

/// The partition in which what concerns these bytes lies.
pub fn partition_of(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or_default() % PARTITIONS
}

/// A digest that names a dataset of an identity of a pool.
pub fn digest(pool: &PoolId, identity: &IdentityId, dataset: &str) -> [u8; 16] {
    let whole = Sha256::new().chain_update(pool.guid()).chain_update(identity.guid()).chain_update(dataset).finalize();
    whole.first_chunk().copied().unwrap_or_default()
}

/// Partition, kind, dataset, count, what happened.
fn key(entry: &Entry) -> Vec<u8> {
    let digest = digest(&entry.pool, &entry.identity, &entry.dataset);
    let kind = match entry.kind {
        Kind::Push => b'p',
        Kind::Stream => b's',
    };
    let head = [partition_of(&digest), kind];
    [head.as_slice(), &digest, &entry.sync_count.to_be_bytes(), &[entry.happened.order()]].concat()
}

impl Happened {
    /// A dataset is published as it was after its last change, and deleted after that.
    pub fn order(self) -> u8 {
        match self {
            Self::Changed => 0,
            Self::Published => 1,
            Self::Deleted => 2,
        }
    }
}

const KIND: &str = "outbox entry";
/// Partition, kind and digest.
const LANE: usize = 18;
