//! The records of the configuration, one module per subject.

pub mod buckets;
pub mod keys;
pub mod pools;
pub mod principals;
pub mod providers;
pub mod revocations;
pub mod syncing;
