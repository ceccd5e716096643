//! The store in one folder: SQLite files, one writer thread each, group commit.
//!
//! A folder belongs to one process, which holds a lock on it. Configuration and identities live in
//! `store.db`, the metadata of objects in `objects.db`, so a burst of uploads delays no sign-in. An
//! answer to a write follows its durable commit; once a sync failed, nothing more is written until
//! restart. This crate knows rows, never what they mean.

mod folder;
mod reader;
mod schema;
mod side;
mod store;
mod writer;

pub use folder::Folder;
pub use store::Store;

use std::path::PathBuf;

/// Why a folder was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process, or another store of this process, works in the folder.
    #[error("folder `{}` is in use by another daypass process", .0.display())]
    InUse(PathBuf),
    /// The file system refused something.
    #[error("`{}` cannot be used: {why}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        why: std::io::Error,
    },
    /// SQLite refused something, such as a file that is no database.
    #[error("database `{}` cannot be opened: {why}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        why: rusqlite::Error,
    },
    /// A newer daypass wrote the folder.
    #[error("database `{}` has schema {found}, this version knows up to {known}: start a newer daypass", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema that was found.
        found: u32,
        /// The newest schema that this version knows.
        known: u32,
    },
}
