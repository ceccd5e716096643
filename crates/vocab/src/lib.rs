//! The words every other crate speaks: accounts, regions, ARNs, the ids of pools and identities,
//! secrets, time and chance. A value in hand is well formed, because only its parser makes one.
//!
//! This crate knows no wire format, no store and no service; it uses no other crate of ours.

pub mod account;
pub mod arn;
pub mod chance;
pub mod clock;
pub mod cognito;
pub mod key_id;
pub mod region;
pub mod secret;
pub mod timestamp;

pub use account::AccountId;
pub use arn::Arn;
pub use chance::{Random, SystemRandom};
pub use clock::{Clock, SystemClock};
pub use cognito::{IdentityId, PoolId};
pub use key_id::AccessKeyId;
pub use region::Region;
pub use secret::Secret;
pub use timestamp::Timestamp;

/// Why a text is not the value it was read as: what was expected, never the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {what}")]
pub struct Invalid {
    /// The name of the value that was expected, such as `account id`.
    pub what: &'static str,
}
