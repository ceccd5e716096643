//! Shapes that several operations share.

use serde::{Deserialize, Serialize};
use store::records::syncing::PoolSync;
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

/// What is set on a pool, as it is shown.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoolConfiguration {
    identity_pool_id: String,
    push_sync: Option<PushSync>,
    cognito_streams: Option<CognitoStreams>,
}

/// How devices are pushed to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PushSync {
    /// ARNs of platform applications.
    pub application_arns: Option<Vec<String>>,
    /// The role that lets this service push.
    pub role_arn: Option<String>,
}

/// Where changes are streamed to.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CognitoStreams {
    /// The name of the stream.
    pub stream_name: Option<String>,
    /// The role that lets this service write to it.
    pub role_arn: Option<String>,
    /// `ENABLED` or `DISABLED`.
    pub streaming_status: Option<String>,
}

impl PoolConfiguration {
    /// The settings of a pool.
    pub fn of(settings: PoolSync) -> Self {
        let push = settings.push.map(|push| PushSync {
            application_arns: Some(push.applications),
            role_arn: push.role.map(|arn| arn.to_string()),
        });
        let streams = settings.stream.map(|stream| CognitoStreams {
            stream_name: Some(stream.name),
            role_arn: stream.role.map(|arn| arn.to_string()),
            streaming_status: Some(if stream.is_enabled { ENABLED.into() } else { "DISABLED".into() }),
        });
        Self { identity_pool_id: settings.pool.to_string(), push_sync: push, cognito_streams: streams }
    }
}

/// The status of a stream that is in use.
pub const ENABLED: &str = "ENABLED";
