//! A dataset as it was read, to be changed.

use vocab::{IdentityId, PoolId, Timestamp};

use super::chunks::{self, Chunks};
use super::{Dataset, Found, Record, Shelf};

/// A dataset that was read, there or not yet. What is made of it is written only if it is still the same then.
#[derive(Debug, Clone)]
pub struct Opened {
    pub(super) found: Found,
    pub(super) name: String,
    pub(super) dataset: Option<Dataset>,
    pub(super) held: Chunks,
    pub(super) is_whole: bool,
}

/// What becomes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its key.
    pub key: String,
    /// Its value; `None` removes it, and leaves a trace of it.
    pub value: Option<String>,
    /// When the device says that it changed it.
    pub device_modified: Option<Timestamp>,
}

impl Opened {
    /// The dataset; `None`: the first change makes it.
    pub fn dataset(&self) -> Option<&Dataset> {
        self.dataset.as_ref()
    }

    /// What else the identity has; `None`: nothing yet.
    pub fn shelf(&self) -> Option<&Shelf> {
        match &self.found {
            Found::Shelf(shelf) => Some(&shelf.record),
            Found::Empty(_) | Found::Disabled | Found::Unknown => None,
        }
    }

    /// A record that it was opened for, removed ones included.
    pub fn record(&self, key: &str) -> Option<&Record> {
        let spread = self.dataset.as_ref()?.spread;
        self.held.get(&chunks::number(key, spread))?.records.get(key)
    }

    /// The records that were read, removed ones included: all of them where it was opened as a whole.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.held.values().flat_map(|chunk| chunk.records.values())
    }

    /// The count that the next change gives the dataset.
    pub fn next_sync_count(&self) -> u64 {
        let base = || self.shelf().map_or(0, |shelf| shelf.base(&self.name));
        self.dataset.as_ref().map_or_else(base, |dataset| dataset.sync_count).saturating_add(1)
    }

    /// How many records the dataset would have, and of how many bytes, after these changes of different keys.
    pub fn size_after(&self, puts: &[Put]) -> (u64, u64) {
        let (mut records, mut bytes) = self.dataset.as_ref().map_or((0, 0), |dataset| (dataset.records, dataset.bytes));
        for put in puts {
            if let Some(old) = self.record(&put.key).and_then(|record| record.value.as_ref()) {
                records = records.saturating_sub(1);
                bytes = bytes.saturating_sub(size(&put.key, old));
            }
            if let Some(new) = &put.value {
                records += 1;
                bytes += size(&put.key, new);
            }
        }
        (records, bytes)
    }

    pub(super) fn owner(&self) -> Option<(&PoolId, &IdentityId)> {
        match &self.found {
            Found::Shelf(shelf) => Some((&shelf.pool, &shelf.identity)),
            Found::Empty(identity) => Some((&identity.pool, &identity.id)),
            Found::Disabled | Found::Unknown => None,
        }
    }
}

/// Bytes of a record, as clients count them.
fn size(key: &str, value: &str) -> u64 {
    u64::try_from(key.len() + value.len()).unwrap_or(u64::MAX)
}
