//! The deny list of sessions.

use serde::{Deserialize, Serialize};
use vocab::{AccountId, Timestamp};

use crate::Record;

/// Sessions that are refused although they have not expired. Chained sessions carry the origin of
/// the first, so they fall with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The account that revokes: nothing but sessions of this account, and chains that began in it.
    pub account: AccountId,
    /// What is revoked: `identity:ID`, `user:UNIQUE_ID` or `session:ID`, which may be that of the first of a chain.
    pub target: String,
    /// Sessions issued at or before this time are refused.
    pub issued_until: Timestamp,
    /// When the entry may be forgotten: no session it speaks of lives longer.
    pub expires: Timestamp,
}

impl Record for Revocation {
    const KIND: &'static str = "revocation";

    fn id(&self) -> String {
        Self::id_of(self.account, &self.target)
    }
}

impl Revocation {
    /// The id of the entry by which `account` revokes `target`.
    pub fn id_of(account: AccountId, target: &str) -> String {
        format!("{account}/{target}")
    }
}
