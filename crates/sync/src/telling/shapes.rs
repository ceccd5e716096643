//! What is told, as it is written: announcements, and the records of streams (`spec/cognito-sync.md`, sections 10 and
//! 12). Here dates are milliseconds, and a dataset is a `dataSetName`.

use serde::Serialize;
use store::datasets::Record;
use store::outbox::{Entry, Happened};

/// An announcement to a device.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Announcement<'a> {
    source: &'static str,
    identity_pool_id: String,
    identity_id: String,
    dataset_name: &'a str,
    sync_count: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
}

/// A record of a stream.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StreamRecord<'a> {
    identity_pool_id: String,
    identity_id: String,
    data_set_name: &'a str,
    operation: &'static str,
    kinesis_sync_records: Vec<SyncRecord<'a>>,
    last_modified_date: i64,
    payload_type: &'static str,
    sync_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncRecord<'a> {
    key: &'a str,
    value: Option<&'a str>,
    sync_count: u64,
    last_modified_date: i64,
    device_last_modified_date: Option<i64>,
    op: &'static str,
}

/// A record of a stream in its envelope, as it is posted and filed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filed<'a> {
    stream_name: &'a str,
    partition_key: String,
    pub(super) idempotency_key: String,
    data: StreamRecord<'a>,
}

/// An announcement to devices, as it is posted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Posted {
    pub(super) idempotency_key: String,
    announcement: serde_json::Value,
    pub(super) devices: Vec<PostedDevice>,
}

/// A device, as its platform knows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostedDevice {
    pub(super) device_id: String,
    pub(super) platform: String,
    pub(super) token: String,
}

/// The announcement of an entry, in JSON on one line.
pub(super) fn announcement(entry: &Entry) -> serde_json::Value {
    let announcement = Announcement {
        source: "cognito-sync",
        identity_pool_id: entry.pool.to_string(),
        identity_id: entry.identity.to_string(),
        dataset_name: &entry.dataset,
        sync_count: entry.sync_count,
        deleted: entry.happened == Happened::Deleted,
    };
    serde_json::to_value(announcement).unwrap_or_default()
}

pub(super) fn posted(entry: &Entry, devices: Vec<PostedDevice>) -> Posted {
    Posted { idempotency_key: entry.idempotency_key(), announcement: announcement(entry), devices }
}

pub(super) fn filed<'a>(entry: &'a Entry, stream_name: &'a str) -> Filed<'a> {
    let data = StreamRecord {
        identity_pool_id: entry.pool.to_string(),
        identity_id: entry.identity.to_string(),
        data_set_name: &entry.dataset,
        operation: if entry.happened == Happened::Deleted { REMOVE } else { REPLACE },
        kinesis_sync_records: entry.records.iter().map(SyncRecord::of).collect(),
        last_modified_date: entry.at.millis(),
        payload_type: "Inline",
        sync_count: entry.sync_count,
    };
    Filed { stream_name, partition_key: entry.identity.to_string(), idempotency_key: entry.idempotency_key(), data }
}

impl<'a> SyncRecord<'a> {
    fn of(record: &'a Record) -> Self {
        Self {
            key: &record.key,
            value: record.value.as_deref(),
            sync_count: record.sync_count,
            last_modified_date: record.modified.millis(),
            device_last_modified_date: record.device_modified.map(|time| time.millis()),
            op: if record.value.is_some() { REPLACE } else { REMOVE },
        }
    }
}

const REPLACE: &str = "replace";
const REMOVE: &str = "remove";
