//! Records: typed values that are kept in rows.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use vocab::Random;

use crate::rows::{Error, Row, Version};

/// A value of the configuration. Its key is `KIND/` and what [`Record::id`] says.
pub trait Record: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The kind, the first part of every key.
    const KIND: &'static str;

    /// What distinguishes the record among its kind, such as `ACCOUNT/name`.
    fn id(&self) -> String;
}

/// A record as it was read, with the version that a conditional write names.
#[derive(Debug)]
pub struct Stored<R> {
    /// The version of its row.
    pub version: Version,
    /// The record.
    pub record: Arc<R>,
}

impl<R> Clone for Stored<R> {
    fn clone(&self) -> Self {
        Self { version: self.version, record: self.record.clone() }
    }
}

impl<R> std::ops::Deref for Stored<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.record
    }
}

/// A new row that holds `value`: one byte of format version, then JSON.
pub fn encode<T: Serialize>(kind: &'static str, value: &T, random: &dyn Random) -> Result<Row, Error> {
    let mut bytes = vec![FORMAT];
    serde_json::to_writer(&mut bytes, value).map_err(|error| Error::Unreadable { kind, why: error.to_string() })?;
    Ok(Row { version: Version::draw(random), value: bytes })
}

/// The value that a row holds. A newer format is an error: this node is too old for the store.
pub fn decode<T: DeserializeOwned>(kind: &'static str, value: &[u8]) -> Result<T, Error> {
    let unreadable = |why: String| Error::Unreadable { kind, why };
    match value.split_first() {
        Some((&FORMAT, json)) => serde_json::from_slice(json).map_err(|error| unreadable(error.to_string())),
        Some((format, _)) => Err(unreadable(format!("format {format} is newer than {FORMAT}"))),
        None => Err(unreadable("it is empty".into())),
    }
}

/// The format that this version writes.
const FORMAT: u8 = 1;
