//! The deny list of sessions.

use serde::{Deserialize, Serialize};
use vocab::Timestamp;

use crate::Record;

/// Sessions that are refused although they have not expired. Chained sessions carry the origin of
/// the first, so they fall with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// What is revoked: `identity:ID`, `user:UNIQUE_ID`, `session:ID` or `origin:ID`.
    pub target: String,
    /// Sessions issued at or before this time are refused.
    pub issued_until: Timestamp,
    /// When the entry may be forgotten: no session it speaks of lives longer.
    pub expires: Timestamp,
}

impl Record for Revocation {
    const KIND: &'static str = "revocation";

    fn id(&self) -> String {
        self.target.clone()
    }
}
