//! What Daypass keeps, and how it is kept: rows that change only by conditional writes, the
//! configuration that every node holds in memory, identities with their logins and datasets, and the suite that
//! every store passes.
//!
//! This crate knows no SQL and no service. `embedded` and `postgres` implement [`Rows`]; services
//! use the typed aggregates above it.

pub mod configuration;
pub mod datasets;
pub mod devices;
pub mod identities;
pub mod last_used;
pub mod mail;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
pub mod nodes;
pub mod outbox;
pub mod record;
pub mod records;
pub mod rows;
#[cfg(any(test, feature = "testing"))]
pub mod suite;
pub mod sync_sessions;
pub mod used;

pub use configuration::Configuration;
pub use datasets::Datasets;
pub use identities::Identities;
pub use last_used::LastUsed;
pub use record::{Record, Stored};
pub use rows::{Change, Changes, Error, Expect, Outcome, Row, Rows, Scan, Table, Version, Write};
