//! The store in one folder: SQLite, one writer thread, group commit.
