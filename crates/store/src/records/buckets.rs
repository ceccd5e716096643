//! Buckets: small and hot like the rest of the configuration; their objects are not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocab::{AccountId, Region, Timestamp};

use crate::Record;

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The name, unique across accounts.
    pub name: String,
    /// A random id: the first part of its objects' keys.
    pub id: [u8; 16],
    /// The owning account.
    pub account: AccountId,
    /// Its region.
    pub region: Region,
    /// The bucket policy.
    pub policy: Option<String>,
    /// The CORS rules, as JSON.
    pub cors: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// Whether writes keep what they replace.
    #[serde(default)]
    pub versioning: Versioning,
}

/// Whether writes to a bucket keep what they replace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// They never did.
    #[default]
    Off,
    /// Each makes a version.
    Enabled,
    /// They replace the version `null`; others stay.
    Suspended,
}

impl Record for Bucket {
    const KIND: &'static str = "bucket";

    fn id(&self) -> String {
        self.name.clone()
    }
}
