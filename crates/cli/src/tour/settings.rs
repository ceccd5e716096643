//! What a device keeps of the player's settings, as sync managers of apps do it: edits wait here until they are pushed,
//! each with the count of the record that it was made upon.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use super::device::Device;
use crate::client::Error;

/// A device's copy of the settings.
pub struct Settings<'a> {
    device: &'a Device<'a>,
    /// What it has seen: value and count.
    seen: BTreeMap<String, (String, u64)>,
    /// What it has changed and not pushed yet.
    edits: BTreeMap<String, String>,
    last_sync_count: u64,
    session: String,
}

impl<'a> Settings<'a> {
    /// The copy of a device that has seen nothing yet.
    pub fn on(device: &'a Device<'a>) -> Self {
        let (seen, edits) = (BTreeMap::new(), BTreeMap::new());
        Self { device, seen, edits, last_sync_count: 0, session: String::new() }
    }

    /// Changes a setting here.
    pub fn edit(&mut self, key: &str, value: &str) {
        self.edits.insert(key.to_owned(), value.to_owned());
    }

    /// The setting as this device shows it.
    pub fn value(&self, key: &str) -> String {
        let seen = || self.seen.get(key).map(|(value, _)| value);
        self.edits.get(key).or_else(seen).cloned().unwrap_or_default()
    }

    /// Learns what others changed; answers the settings that were changed here and there, to different values.
    pub async fn pull(&mut self) -> Result<Vec<String>, Error> {
        let rest = format!("/records?lastSyncCount={}&maxResults=1024", self.last_sync_count);
        let listed = self.device.sync(Method::GET, &self.device.identity, &rest, None).await?;
        let mut conflicts = Vec::new();
        for record in listed.get("Records").and_then(Value::as_array).into_iter().flatten() {
            let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (key, value) = (text("Key"), text("Value"));
            if self.edits.get(&key).is_some_and(|own| *own != value) {
                conflicts.push(key.clone());
            }
            self.seen.insert(key, (value, record.get("SyncCount").and_then(Value::as_u64).unwrap_or(0)));
        }
        self.last_sync_count = listed.get("DatasetSyncCount").and_then(Value::as_u64).unwrap_or(0);
        self.session = listed.get("SyncSessionToken").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(conflicts)
    }

    /// Pushes what was changed here, all of it or nothing.
    pub async fn push(&mut self) -> Result<(), Error> {
        let patches: Vec<Value> = self
            .edits
            .iter()
            .map(|(key, value)| {
                let count = self.seen.get(key).map_or(0, |(_, count)| *count);
                json!({ "Op": "replace", "Key": key, "Value": value, "SyncCount": count })
            })
            .collect();
        let body = json!({ "SyncSessionToken": self.session, "RecordPatches": patches });
        let answer = self.device.sync(Method::POST, &self.device.identity, "", Some(&body)).await?;
        for record in answer.get("Records").and_then(Value::as_array).into_iter().flatten() {
            let key = record.get("Key").and_then(Value::as_str).unwrap_or_default();
            let count = record.get("SyncCount").and_then(Value::as_u64).unwrap_or(0);
            if let Some(value) = self.edits.remove(key) {
                self.seen.insert(key.to_owned(), (value, count));
            }
            self.last_sync_count = self.last_sync_count.max(count);
        }
        Ok(())
    }
}
