//! What is set on a pool for Amazon Cognito Sync: push, streams, events, and the publication of everything at once.

use serde::{Deserialize, Serialize};
use vocab::{AccountId, Arn, PoolId, Timestamp};

use crate::Record;

/// The settings of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSync {
    /// The pool.
    pub pool: PoolId,
    /// The account that owns it.
    pub account: AccountId,
    /// Push: changes are announced to devices.
    pub push: Option<Push>,
    /// The stream that every change goes to.
    pub stream: Option<Stream>,
    /// The function that looks at the changes of identities before they are made.
    pub trigger: Option<String>,
}

/// How changes are announced to devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// ARNs of platform applications: their platforms are those that devices may have.
    pub applications: Vec<String>,
    /// The role that lets this service push.
    pub role: Option<Arn>,
}

/// Where changes are streamed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// The name of the stream.
    pub name: String,
    /// The role that lets this service write to it.
    pub role: Option<Arn>,
    /// Whether it is in use; switched off where the role does not let this service in any more.
    pub is_enabled: bool,
}

/// The last publication of all datasets of a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The pool.
    pub pool: PoolId,
    /// When it was started.
    pub started: Timestamp,
    /// How far it is.
    pub progress: Progress,
}

/// How far a publication is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// It goes on after this identity (its GUID in hexadecimal); empty: at the first.
    Running(String),
    /// Everything was published by then.
    Succeeded(Timestamp),
    /// It ended then, for this reason.
    Failed(Timestamp, String),
}

impl PoolSync {
    /// Nothing is set.
    pub fn none(pool: &PoolId, account: AccountId) -> Self {
        Self { pool: pool.clone(), account, push: None, stream: None, trigger: None }
    }
}

impl Push {
    /// Whether devices of this platform may register: `arn:aws:sns:REGION:ACCOUNT:app/PLATFORM/NAME`.
    pub fn has_platform(&self, platform: &str) -> bool {
        let of = |arn: &String| arn.splitn(6, ':').nth(5).is_some_and(|rest| rest.split('/').nth(1) == Some(platform));
        self.applications.iter().any(of)
    }
}

impl Record for PoolSync {
    const KIND: &'static str = "pool-sync";

    fn id(&self) -> String {
        self.pool.to_string()
    }
}

impl Record for Publication {
    const KIND: &'static str = "publication";

    fn id(&self) -> String {
        self.pool.to_string()
    }
}
