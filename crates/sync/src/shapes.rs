//! Shapes that several operations share.

use serde::Serialize;
use vocab::{IdentityId, Timestamp};

/// A dataset as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Dataset {
    identity_id: String,
    dataset_name: String,
    #[serde(with = "wire::times::epoch")]
    creation_date: Timestamp,
    #[serde(with = "wire::times::epoch")]
    last_modified_date: Timestamp,
    last_modified_by: String,
    data_storage: u64,
    num_records: u64,
}

/// A record as it is shown; one that was removed has no value.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Record {
    key: String,
    value: Option<String>,
    sync_count: u64,
    #[serde(with = "wire::times::epoch::option")]
    last_modified_date: Option<Timestamp>,
    last_modified_by: Option<String>,
    #[serde(with = "wire::times::epoch::option")]
    device_last_modified_date: Option<Timestamp>,
}

impl Dataset {
    /// A dataset of an identity.
    pub fn of(identity: &IdentityId, dataset: &store::datasets::Dataset) -> Self {
        Self {
            identity_id: identity.to_string(),
            dataset_name: dataset.name.clone(),
            creation_date: dataset.created,
            last_modified_date: dataset.modified,
            last_modified_by: dataset.modified_by.clone(),
            data_storage: dataset.bytes,
            num_records: dataset.records,
        }
    }
}

impl Record {
    /// The trace of a record that was never there.
    pub fn absent(key: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: None,
            sync_count: 0,
            last_modified_date: None,
            last_modified_by: None,
            device_last_modified_date: None,
        }
    }
}

impl From<store::datasets::Record> for Record {
    fn from(record: store::datasets::Record) -> Self {
        Self {
            key: record.key,
            value: record.value,
            sync_count: record.sync_count,
            last_modified_date: Some(record.modified),
            last_modified_by: Some(record.modified_by),
            device_last_modified_date: record.device_modified,
        }
    }
}
