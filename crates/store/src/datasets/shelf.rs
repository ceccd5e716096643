//! What an identity has: the names of its datasets.

use serde::{Deserialize, Serialize};
use vocab::{IdentityId, PoolId, Timestamp};

/// The datasets of an identity, and what is remembered of those that were deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// The pool.
    #[serde(rename = "p")]
    pub pool: PoolId,
    /// The identity.
    #[serde(rename = "i")]
    pub identity: IdentityId,
    /// Its datasets, in order of their names.
    #[serde(rename = "d")]
    pub datasets: Vec<Dataset>,
    /// Names of deleted datasets, the one deleted first in front.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Deleted>,
    /// No count of a deleted dataset that is remembered no more was higher.
    #[serde(rename = "f", default)]
    pub floor: u64,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its name.
    #[serde(rename = "n")]
    pub name: String,
    /// What its records are kept under. A dataset that is made again under its old name has another one.
    #[serde(rename = "i")]
    pub id: u128,
    /// How many changes it has seen, those of its predecessors of the same name included.
    #[serde(rename = "s")]
    pub sync_count: u64,
    /// The count at which its predecessor was deleted; 0: there was none.
    #[serde(rename = "z", default)]
    pub base: u64,
    /// When it was made.
    #[serde(rename = "c")]
    pub created: Timestamp,
    /// When it was last changed.
    #[serde(rename = "m")]
    pub modified: Timestamp,
    /// Who did that.
    #[serde(rename = "b")]
    pub modified_by: String,
    /// How many records it has, without those that were removed.
    #[serde(rename = "r")]
    pub records: u64,
    /// The bytes of their keys and values.
    #[serde(rename = "y")]
    pub bytes: u64,
    /// The dataset that it waits to be merged into by the app; `None`: it is one of the identity's own.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
    /// In how many rows its records may lie, as a power of two.
    #[serde(rename = "k", default)]
    pub(super) spread: u8,
    /// Removed records whose trace is gone were removed at this count or before.
    #[serde(rename = "t", default)]
    pub forgotten: u64,
}

/// A dataset that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Its name.
    #[serde(rename = "n")]
    pub name: String,
    /// Its count when that happened.
    #[serde(rename = "s")]
    pub sync_count: u64,
}

impl Shelf {
    /// An empty one.
    pub fn new(pool: &PoolId, identity: &IdentityId) -> Self {
        let (pool, identity) = (pool.clone(), identity.clone());
        Self { pool, identity, datasets: Vec::new(), deleted: Vec::new(), floor: 0 }
    }

    /// The dataset of this name.
    pub fn find(&self, name: &str) -> Option<&Dataset> {
        let at = self.datasets.binary_search_by(|dataset| dataset.name.as_str().cmp(name)).ok()?;
        self.datasets.get(at)
    }

    /// The names of the datasets that wait to be merged into this one.
    pub fn merged_into(&self, name: &str) -> Vec<String> {
        let waiting = self.datasets.iter().filter(|dataset| dataset.merged_into.as_deref() == Some(name));
        waiting.map(|dataset| dataset.name.clone()).collect()
    }

    /// The count that a dataset of this name begins after. Counts go on where a predecessor ended, so that a device
    /// can tell that there was one.
    pub fn base(&self, name: &str) -> u64 {
        let remembered = self.deleted.iter().find(|deleted| deleted.name == name);
        remembered.map_or(self.floor, |deleted| deleted.sync_count)
    }

    /// Whether a device that has seen the dataset at `count` must begin anew: it was deleted since, or what was removed
    /// since is not known any more.
    pub fn is_deleted_after(&self, name: &str, count: u64) -> bool {
        let end = self.find(name).map_or_else(|| self.base(name), |dataset| dataset.base);
        let is_too_old = self.find(name).is_some_and(|dataset| count < dataset.forgotten);
        count > 0 && (count <= end || is_too_old)
    }

    /// Replaces a dataset, or adds it.
    pub(super) fn put(&mut self, dataset: Dataset) {
        self.deleted.retain(|deleted| deleted.name != dataset.name);
        match self.datasets.binary_search_by(|held| held.name.cmp(&dataset.name)) {
            Ok(at) => {
                if let Some(held) = self.datasets.get_mut(at) {
                    *held = dataset;
                }
            }
            Err(at) => self.datasets.insert(at, dataset),
        }
    }

    /// Takes a dataset away, and remembers that it was there.
    pub(super) fn remove(&mut self, name: &str) -> Option<Dataset> {
        let at = self.datasets.iter().position(|dataset| dataset.name == name)?;
        let dataset = self.datasets.remove(at);
        self.deleted.retain(|deleted| deleted.name != name);
        self.deleted.push(Deleted { name: name.to_owned(), sync_count: dataset.sync_count });
        while self.deleted.len() > MOST_REMEMBERED {
            let oldest = self.deleted.remove(0);
            self.floor = self.floor.max(oldest.sync_count);
        }
        Some(dataset)
    }
}

/// So many deletions are remembered by name; what was deleted before them raises the floor of all counts.
const MOST_REMEMBERED: usize = 64;

#[cfg(test)]
mod tests {
    use vocab::{Random, Region, SystemRandom};

    use super::*;

    fn shelf() -> Shelf {
        let region: Region = "us-east-1".parse().unwrap();
        let random: &dyn Random = &SystemRandom;
        Shelf::new(&PoolId::draw(&region, random), &IdentityId::draw(&region, random))
    }

    fn dataset(name: &str, base: u64, sync_count: u64) -> Dataset {
        let now = Timestamp::from_millis(0);
        Dataset {
            name: name.into(),
            id: 7,
            sync_count,
            base,
            created: now,
            modified: now,
            modified_by: "device".into(),
            records: 0,
            bytes: 0,
            merged_into: None,
            spread: 0,
            forgotten: 0,
        }
    }

    #[test]
    fn a_device_hears_of_every_deletion_since_it_looked_and_of_none_before() {
        let mut shelf = shelf();
        assert!(!shelf.is_deleted_after("prefs", 8));
        shelf.put(dataset("prefs", 0, 8));
        assert!(!shelf.is_deleted_after("prefs", 8) && !shelf.is_deleted_after("prefs", 0));
        shelf.remove("prefs");
        assert!(shelf.is_deleted_after("prefs", 8) && shelf.is_deleted_after("prefs", 1));
        assert!(!shelf.is_deleted_after("prefs", 0));
        shelf.put(dataset("prefs", shelf.base("prefs"), 9));
        assert!(shelf.is_deleted_after("prefs", 8) && !shelf.is_deleted_after("prefs", 9));
    }

    #[test]
    fn counts_go_on_even_where_the_name_is_forgotten() {
        let mut shelf = shelf();
        shelf.put(dataset("first", 0, 500));
        shelf.remove("first");
        for number in 0..100 {
            let name = format!("name{number}");
            shelf.put(dataset(&name, 0, 3));
            shelf.remove(&name);
        }
        assert!(shelf.deleted.len() <= MOST_REMEMBERED);
        assert!(shelf.base("first") >= 500);
        assert!(shelf.is_deleted_after("first", 500));
    }
}
