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
    /// The lifecycle rules, as JSON.
    #[serde(default)]
    pub lifecycle: Option<String>,
    /// What keeps it from the public.
    #[serde(default)]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Whether its tags take part in decisions.
    #[serde(default)]
    pub abac: bool,
    /// The engine that has its objects. `None`: the embedded one.
    #[serde(default)]
    pub engine: Option<String>,
}

/// What keeps a bucket from the public. Its access control lists are off, so two of the four have nothing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// New access control lists must not be public.
    pub block_public_acls: bool,
    /// Access control lists that are public count for nothing.
    pub ignore_public_acls: bool,
    /// A policy that is public is refused.
    pub block_public_policy: bool,
    /// A policy that is public opens the bucket to its own account alone.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All of it, as new buckets have it.
    pub const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
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

impl Bucket {
    /// A bucket that nothing was said about yet.
    pub fn new(name: String, id: [u8; 16], account: AccountId, region: Region, created: Timestamp) -> Self {
        Self {
            name,
            id,
            account,
            region,
            policy: None,
            cors: None,
            tags: BTreeMap::new(),
            created,
            versioning: Versioning::Off,
            lifecycle: None,
            public_access_block: None,
            abac: false,
            engine: None,
        }
    }
}

impl Record for Bucket {
    const KIND: &'static str = "bucket";

    fn id(&self) -> String {
        self.name.clone()
    }
}
