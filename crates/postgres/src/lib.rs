//! The store on anything that speaks PostgreSQL: rows behind the contract of `store`, shared by all
//! nodes of a deployment.
//!
//! Statements keep to what distributed engines do too: no sequences, foreign keys, triggers,
//! advisory locks or notifications, no lock that a client holds. Each goes out unnamed with its
//! types, so a transaction pooler may stand between, and the statements of one commit go out
//! together. This crate knows rows, never what they mean.

mod attempt;
mod connections;
mod failure;
mod lease;
mod migrate;
mod settings;
mod statement;
mod store;

pub use migrate::migrate;
pub use store::{Options, Store};

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is not one, or asks for what cannot be had.
    #[error("the store's URL {0}")]
    Url(&'static str),
    /// A certificate authority that the URL names, or the system's, cannot be read.
    #[error("certificate authorities cannot be read from {place}: {why}")]
    Authorities {
        /// Where they were looked for.
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The database cannot be reached, or refuses the user.
    #[error("the database cannot be used: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database was never migrated, or not for this version.
    #[error("the database has schema {found}, this version needs {known}: run `daypass admin migrate`")]
    NotMigrated {
        /// The schema that was found; 0: none.
        found: i32,
        /// The schema that this version needs.
        known: i32,
    },
    /// A newer daypass migrated the database.
    #[error(
        "the database has schema {found}, this version knows up to {known}: start a newer daypass \
         (`daypass admin migrate` does not go back)"
    )]
    Newer {
        /// The schema that was found.
        found: i32,
        /// The newest schema that this version knows.
        known: i32,
    },
    /// Another process has been migrating for a minute.
    #[error("another `daypass admin migrate` is still running")]
    Migrating,
}
