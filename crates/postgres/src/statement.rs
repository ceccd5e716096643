//! The statements. All parameters are `bytea`, so that no statement needs to be prepared first.

use store::{Expect, Scan, Table, Write};

/// A statement and its parameters.
pub(crate) struct Statement<'a> {
    pub(crate) text: String,
    pub(crate) bytes: Vec<&'a [u8]>,
}

impl<'a> Statement<'a> {
    pub(crate) fn new(text: impl Into<String>, bytes: impl Into<Vec<&'a [u8]>>) -> Self {
        Self { text: text.into(), bytes: bytes.into() }
    }
}

/// Version and value of the row at a key.
pub(crate) fn get(table: Table, key: &[u8]) -> Statement<'_> {
    let name = table.name();
    Statement::new(format!("SELECT version, value FROM daypass_{name} WHERE key = $1 AND value IS NOT NULL"), [key])
}

/// Version, value and key of a range whose bounds are given.
pub(crate) fn scan<'a>(scan: &Scan<'_>, first: &'a [u8], end: Option<&'a [u8]>) -> Statement<'a> {
    let (name, limit) = (scan.table.name(), scan.limit.clamp(1, i32::MAX as usize));
    let before = if end.is_some() { "AND key < $2" } else { "" };
    let text = format!(
        "SELECT version, value, key FROM daypass_{name} WHERE key >= $1 {before} AND value IS NOT NULL \
         ORDER BY key LIMIT {limit}"
    );
    Statement::new(text, [Some(first), end].into_iter().flatten().collect::<Vec<_>>())
}

/// Version, value and key of what changed in the configuration, each with the revision. One
/// statement is one snapshot: the revision and the rows belong together.
pub(crate) fn changes(revision: u64) -> Statement<'static> {
    let revision = revision.min(i64::MAX.unsigned_abs());
    let text = format!(
        "SELECT c.version, c.value, c.key, r.revision FROM daypass_configuration_revision r \
         LEFT JOIN daypass_configuration c ON c.revision > {revision} WHERE r.one = 1"
    );
    Statement::new(text, [])
}

/// Moves the revision of the configuration. It comes first in a commit, so that commits which
/// change the configuration follow one another.
pub(crate) fn next_revision() -> Statement<'static> {
    Statement::new("UPDATE daypass_configuration_revision SET revision = revision + 1 WHERE one = 1", [])
}

/// One conditional write: it changes one row, or none where it does not find what it expects.
pub(crate) fn write(write: &Write) -> Statement<'_> {
    let table = write.table.name();
    let key = write.key.as_slice();
    let configured = write.table == Table::Configuration;
    match (&write.expect, &write.row) {
        (Expect::Absent, Some(new)) => {
            let bytes = [key, &new.version.0, &new.value];
            if configured {
                Statement::new(insert_configuration(), bytes)
            } else {
                Statement::new(insert(table), bytes)
            }
        }
        (Expect::Version(old), Some(new)) => {
            let revision = if configured { format!(", revision = {REVISION}") } else { String::new() };
            let text = format!(
                "UPDATE daypass_{table} SET version = $3, value = $4{revision} \
                 WHERE key = $1 AND version = $2 AND value IS NOT NULL"
            );
            Statement::new(text, [key, &old.0, &new.version.0, &new.value])
        }
        // A deleted row of the configuration stays, without its value, for the other nodes.
        (Expect::Version(old), None) if configured => {
            let text = format!(
                "UPDATE daypass_configuration SET value = NULL, revision = {REVISION} \
                 WHERE key = $1 AND version = $2 AND value IS NOT NULL"
            );
            Statement::new(text, [key, &old.0])
        }
        (Expect::Version(old), None) => {
            Statement::new(format!("DELETE FROM daypass_{table} WHERE key = $1 AND version = $2"), [key, &old.0])
        }
        // `store::rows::check` refuses to delete what must be absent; this changes no row.
        (Expect::Absent, None) => Statement::new(format!("DELETE FROM daypass_{table} WHERE false"), []),
    }
}

fn insert(table: &str) -> String {
    format!("INSERT INTO daypass_{table} (key, version, value) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING")
}

fn insert_configuration() -> String {
    format!(
        "INSERT INTO daypass_configuration AS old (key, version, value, revision) VALUES ($1, $2, $3, {REVISION}) \
         ON CONFLICT (key) DO UPDATE \
         SET version = excluded.version, value = excluded.value, revision = excluded.revision \
         WHERE old.value IS NULL"
    )
}

const REVISION: &str = "(SELECT revision FROM daypass_configuration_revision WHERE one = 1)";
