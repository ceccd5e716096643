//! What devices want changed, held against what is stored (`spec/cognito-sync.md`, section 7).

use std::collections::BTreeSet;

use operation::Violations;
use serde::Deserialize;
use store::datasets::{Opened, Put};
use vocab::Timestamp;

use crate::Error;

/// A change of one record, as it was sent.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordPatch {
    op: Option<String>,
    key: Option<String>,
    value: Option<String>,
    sync_count: Option<i64>,
    #[serde(default, with = "wire::times::epoch::option")]
    device_last_modified_date: Option<Timestamp>,
}

/// A change of one record.
#[derive(Debug, Clone)]
pub struct Patch {
    /// What the record becomes.
    pub put: Put,
    /// The count of the record that the device has seen; 0: none.
    pub sync_count: u64,
}

/// The patches, checked: at most as many as a dataset has records, each of another key.
pub fn checked(sent: Vec<RecordPatch>, violations: &mut Violations) -> Result<Vec<Patch>, Error> {
    violations.count("recordPatches", sent.len(), 0, MOST_RECORDS);
    let mut patches = Vec::new();
    for (number, patch) in sent.into_iter().enumerate().take(MOST_RECORDS) {
        let path = |member: &str| format!("recordPatches.{}.member.{member}", number + 1);
        violations.required(&path("op"), patch.op.as_ref()).required(&path("key"), patch.key.as_ref());
        violations.required(&path("syncCount"), patch.sync_count.as_ref());
        let (op, key) = (patch.op.unwrap_or_default(), patch.key.unwrap_or_default());
        let removes = op == REMOVE;
        if !op.is_empty() {
            violations.one_of(&path("op"), &op, &[REPLACE, REMOVE]);
        }
        violations.length(&path("key"), &key, 1, LONGEST_KEY);
        let value = patch.value.filter(|_| !removes);
        match &value {
            // Lengths alone: values are people's data.
            Some(value) if value.chars().count() > LONGEST_VALUE => {
                let text = format!("Member must have length less than or equal to {LONGEST_VALUE}");
                violations.add(&path("value"), "", &text);
            }
            None if !removes => drop(violations.required::<String>(&path("value"), None)),
            Some(_) | None => {}
        }
        let sync_count = patch.sync_count.unwrap_or(0);
        violations.range(&path("syncCount"), sync_count, 0, i64::MAX);
        patches.push(Patch {
            put: Put { key, value, device_modified: patch.device_last_modified_date },
            sync_count: u64::try_from(sync_count).unwrap_or(0),
        });
    }
    let keys: BTreeSet<&str> = patches.iter().map(|patch| patch.put.key.as_str()).collect();
    if keys.len() != patches.len() {
        return Err(Error::InvalidParameter("A record is patched more than once.".into()));
    }
    Ok(patches)
}

/// Whether there can be such a record.
pub fn fits(key: &str, value: Option<&str>) -> bool {
    let value = value.map_or(0, |value| value.chars().count());
    (1..=LONGEST_KEY).contains(&key.chars().count()) && value <= LONGEST_VALUE
}

/// Errs where the identity would have too many datasets, or the dataset too many records or bytes.
pub fn within_limits(opened: &Opened, puts: &[Put]) -> Result<(), Error> {
    let own = opened.shelf().map_or(0, |shelf| shelf.datasets.len());
    if opened.dataset().is_none() && own >= MOST_DATASETS {
        return Err(Error::LimitExceeded(format!("An identity can have at most {MOST_DATASETS} datasets.")));
    }
    let (records, bytes) = opened.size_after(puts);
    if records > MOST_RECORDS as u64 {
        return Err(Error::LimitExceeded(format!("A dataset can have at most {MOST_RECORDS} records.")));
    }
    if bytes > MOST_BYTES {
        return Err(Error::LimitExceeded(format!("A dataset can have at most {MOST_BYTES} bytes.")));
    }
    Ok(())
}

/// The changes that are to be made: patches that say what is stored already are none. Errs at the first patch of a
/// device that has not seen the record as it is.
pub fn applied(opened: &Opened, patches: &[Patch]) -> Result<Vec<Put>, Error> {
    let mut puts = Vec::new();
    for Patch { put, sync_count } in patches {
        let stored = opened.record(&put.key);
        let count = stored.map_or(0, |record| record.sync_count);
        let value = stored.and_then(|record| record.value.as_ref());
        // What was removed may be made anew by who never saw it.
        let is_anew = *sync_count == 0 && value.is_none() && put.value.is_some();
        if count == *sync_count || is_anew {
            puts.push(put.clone());
        } else if value != put.value.as_ref() {
            let text = format!("Current SyncCount for: {} is: {count} not: {sync_count}", put.key);
            return Err(Error::ResourceConflict(text));
        }
    }
    Ok(puts)
}

const REPLACE: &str = "replace";
const REMOVE: &str = "remove";
const LONGEST_KEY: usize = 1024;
const LONGEST_VALUE: usize = 1_048_575;
const MOST_RECORDS: usize = 1024;
const MOST_DATASETS: usize = 20;
const MOST_BYTES: u64 = 1024 * 1024;
