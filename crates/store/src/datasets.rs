//! Datasets of Amazon Cognito Sync: small tables of text that follow an identity from device to device.
//!
//! What an identity has stands in one row, its [`Shelf`]: the names of its datasets, their counts, and the random ids
//! under which their records are kept. The records of a dataset are spread over few rows ([`chunks`]). Whatever changes
//! a dataset changes the shelf in the same commit, on condition of the shelf's version:
//!
//! * what was read of a dataset still holds when it is written, or nothing is written;
//! * a shelf exists only while its identity is enabled. The commit that makes one also rewrites the identity's row, and
//!   those that merge or delete an identity take its shelf away ([`handover`]): nothing is born or written behind
//!   their back, and nobody needs to read the identity where there is a shelf;
//! * a merge rewrites two rows however large the data: records stay where they are.

mod chunks;
pub(crate) mod handover;
mod open;
mod shelf;
mod sweep;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocab::{IdentityId, PoolId, Random, Timestamp};

use crate::identities::{Identities, Identity};
use crate::record::{Stored, decode};
use crate::rows::{Error, Row, Rows, Scan, Table};

pub use open::{Opened, Put};
pub use shelf::{Dataset, Deleted, Shelf};
pub use write::Written;

/// A record of a dataset, or the trace of one that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its key.
    #[serde(rename = "k")]
    pub key: String,
    /// Its value; `None`: it was removed.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The count of the dataset when it was last changed.
    #[serde(rename = "s")]
    pub sync_count: u64,
    /// When that was.
    #[serde(rename = "m")]
    pub modified: Timestamp,
    /// Who did it: a device, or the identity itself.
    #[serde(rename = "b")]
    pub modified_by: String,
    /// When the device says that it changed it.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub device_modified: Option<Timestamp>,
}

/// What there is of an identity.
#[derive(Debug, Clone)]
pub enum Found {
    /// Its shelf: it is enabled.
    Shelf(Stored<Shelf>),
    /// It is enabled, and never had a dataset.
    Empty(Stored<Identity>),
    /// It was merged into another one.
    Disabled,
    /// There is no such identity in the pool.
    Unknown,
}

/// The datasets of a store.
#[derive(Clone)]
pub struct Datasets {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
}

impl Datasets {
    /// The datasets kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random }
    }

    /// What there is of an identity of a pool.
    pub async fn find(&self, pool: &PoolId, identity: &IdentityId) -> Result<Found, Error> {
        if let Some(shelf) = shelf(&*self.rows, pool, identity.guid()).await? {
            return Ok(if shelf.identity == *identity { Found::Shelf(shelf) } else { Found::Unknown });
        }
        let identities = Identities::new(self.rows.clone(), self.random.clone());
        let found = identities.get(identity).await?.filter(|found| found.pool == *pool);
        Ok(match found {
            None => Found::Unknown,
            Some(found) if found.disabled => Found::Disabled,
            Some(found) => Found::Empty(found),
        })
    }

    /// A page of a pool's shelves, in order of their identities, after `after`.
    pub async fn of_pool(
        &self,
        pool: &PoolId,
        after: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Stored<Shelf>>, Error> {
        let prefix = pool.guid();
        let after = after.map(|guid| [prefix, guid].concat());
        let scan = Scan { table: Table::Dataset, prefix: &prefix, after: after.as_deref(), limit };
        self.rows.scan(scan).await?.into_iter().map(|(_, row)| stored(row)).collect()
    }

    /// Every record of a dataset, those that were removed included, in no order that means anything. They are from one
    /// moment only if the shelf still has the version that `dataset` was read at.
    pub async fn records(&self, dataset: &Dataset) -> Result<Vec<Record>, Error> {
        let chunks = chunks::read(&*self.rows, dataset, None).await?;
        Ok(chunks.into_values().flat_map(|chunk| chunk.records.into_values()).collect())
    }

    /// Opens a dataset, there or not yet, to change these records of it; `None`: any of them. `found` is what
    /// [`Self::find`] answered; nothing comes of an identity that is disabled or unknown.
    pub async fn open(&self, found: Found, name: &str, keys: Option<&BTreeSet<&str>>) -> Result<Option<Opened>, Error> {
        let dataset = match &found {
            Found::Shelf(shelf) => shelf.find(name).cloned(),
            Found::Empty(_) => None,
            Found::Disabled | Found::Unknown => return Ok(None),
        };
        let held = match &dataset {
            Some(dataset) => chunks::read(&*self.rows, dataset, keys).await?,
            None => chunks::Chunks::new(),
        };
        Ok(Some(Opened { found, name: name.to_owned(), dataset, held, is_whole: keys.is_none() }))
    }
}

/// The shelf of an identity.
async fn shelf(rows: &dyn Rows, pool: &PoolId, identity: [u8; 16]) -> Result<Option<Stored<Shelf>>, Error> {
    rows.get(Table::Dataset, &shelf_key(pool, identity)).await?.map(stored).transpose()
}

fn shelf_key(pool: &PoolId, identity: [u8; 16]) -> Vec<u8> {
    [pool.guid(), identity].concat()
}

fn stored(row: Row) -> Result<Stored<Shelf>, Error> {
    Ok(Stored { version: row.version, record: Arc::new(decode(SHELF, &row.value)?) })
}

const SHELF: &str = "shelf of datasets";
