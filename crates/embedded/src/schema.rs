//! The schema of both files, and the way to it from every schema before.

use rusqlite::{Connection, OptionalExtension};

/// What a file holds.
pub(crate) struct Schema {
    /// From an empty file to the newest schema, oldest step first. A released step never changes.
    steps: &'static [&'static str],
    /// What is tidied at each start.
    at_start: &'static str,
}

impl Schema {
    /// The number of the newest schema.
    pub(crate) fn newest(&self) -> u32 {
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }
}

/// Brings a file to the newest schema. Answers the schema of a file that a newer version wrote.
pub(crate) fn migrate(connection: &Connection, schema: &Schema) -> rusqlite::Result<Result<(), u32>> {
    connection.execute_batch(VERSION_TABLE)?;
    let found = connection.query_row("SELECT version FROM schema", [], |row| row.get(0)).optional()?;
    let found: u32 = found.unwrap_or(0);
    if found > schema.newest() {
        return Ok(Err(found));
    }
    for (version, step) in (1..).zip(schema.steps).skip_while(|(version, _)| *version <= found) {
        let step = format!("BEGIN IMMEDIATE; {step}; UPDATE schema SET version = {version}; COMMIT");
        connection.execute_batch(&step)?;
    }
    // A write at each start: it makes the log file, whose name the caller then makes durable, and
    // a disk that takes no writes stops the start.
    connection.execute("UPDATE schema SET starts = starts + 1", [])?;
    connection.execute_batch(schema.at_start)?;
    Ok(Ok(()))
}

/// `store.db`. This process is the only one that asks for changes, and it starts with all rows: it
/// needs no trace of those that were deleted before.
pub(crate) const STORE: Schema = Schema {
    steps: &[STORE_1, STORE_2, STORE_3, STORE_4, STORE_5],
    at_start: "DELETE FROM configuration WHERE value IS NULL",
};

/// `objects.db`.
pub(crate) const OBJECTS: Schema = Schema { steps: &[OBJECTS_1, OBJECTS_2], at_start: "" };

const STORE_1: &str = "
    CREATE TABLE configuration (
        key BLOB NOT NULL PRIMARY KEY,
        version BLOB NOT NULL,
        value BLOB, -- NULL: deleted
        revision INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX configuration_by_revision ON configuration (revision);
    CREATE TABLE configuration_revision (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        revision INTEGER NOT NULL
    ) STRICT;
    INSERT INTO configuration_revision (one, revision) VALUES (1, 0);
    CREATE TABLE identity (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE login (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE pool_identity (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const STORE_2: &str = "
    CREATE TABLE used (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const STORE_3: &str = "
    CREATE TABLE last_used (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const STORE_4: &str = "
    CREATE TABLE dataset (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE record (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE discarded (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sync_session (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const STORE_5: &str = "
    CREATE TABLE device (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE outbox (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE mail (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE node (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const OBJECTS_1: &str = "
    CREATE TABLE object (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT;
    CREATE TABLE upload (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE part (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE blob (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID";

const OBJECTS_2: &str = "
    CREATE TABLE object_version (
        key BLOB NOT NULL PRIMARY KEY, version BLOB NOT NULL, value BLOB NOT NULL
    ) STRICT";

const VERSION_TABLE: &str = "
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS schema (
        one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
        version INTEGER NOT NULL,
        starts INTEGER NOT NULL
    ) STRICT;
    INSERT INTO schema (one, version, starts) VALUES (1, 0, 0) ON CONFLICT (one) DO NOTHING;
    COMMIT";
