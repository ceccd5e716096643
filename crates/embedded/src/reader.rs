//! Reads: a few connections of their own, which no writer delays.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use rusqlite::{CachedStatement, Connection, OpenFlags, OptionalExtension, params};
use store::{Change, Changes, Error, Row, Scan, Table, Version};

/// The reading connections of one file.
pub(crate) struct Readers {
    connections: Vec<Mutex<Connection>>,
}

impl Readers {
    /// Opens as many connections as threads may read at once.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let count = std::thread::available_parallelism().map_or(FEWEST, usize::from).clamp(FEWEST, MOST);
        let connections = (0..count).map(|_| open(path).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Self { connections })
    }

    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        let connection = self.connection()?;
        let sql = format!("SELECT version, value FROM {} WHERE key = ?1 AND value IS NOT NULL", table.name());
        let mut statement = prepare(&connection, &sql)?;
        let found = statement.query_row([key], |row| read(table, row, 0)).optional();
        found.map_err(unavailable)?.transpose()
    }

    pub(crate) fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        let connection = self.connection()?;
        let (first, end) = scan.bounds();
        let before = if end.is_some() { "AND key < ?3" } else { "" };
        let sql = format!(
            "SELECT version, value, key FROM {} WHERE key >= ?1 {before} AND value IS NOT NULL ORDER BY key LIMIT ?2",
            scan.table.name()
        );
        let limit = i64::try_from(scan.limit.max(1)).unwrap_or(i64::MAX);
        let mut statement = prepare(&connection, &sql)?;
        let mut rows = match &end {
            Some(end) => statement.query(params![first, limit, end]),
            None => statement.query(params![first, limit]),
        }
        .map_err(unavailable)?;
        let mut page = Vec::new();
        while let Some(row) = rows.next().map_err(unavailable)? {
            let key = row.get(2).map_err(unavailable)?;
            page.push((key, read(scan.table, row, 0).map_err(unavailable)??));
        }
        Ok(page)
    }

    pub(crate) fn changes(&self, revision: u64) -> Result<Changes, Error> {
        let connection = self.connection()?;
        // One statement is one snapshot: the revision and the rows belong together.
        let mut statement = prepare(&connection, CHANGES)?;
        let since = i64::try_from(revision).unwrap_or(i64::MAX);
        let mut rows = statement.query([since]).map_err(unavailable)?;
        let mut changes = Changes { revision, changes: Vec::new() };
        while let Some(row) = rows.next().map_err(unavailable)? {
            changes.revision = row.get(3).map_err(unavailable)?;
            let Some(key) = row.get(2).map_err(unavailable)? else { continue };
            let deleted = row.get_ref(1).map_err(unavailable)?.as_blob_or_null().map_err(unreadable)?.is_none();
            let row = if deleted { None } else { Some(read(Table::Configuration, row, 0).map_err(unavailable)??) };
            changes.changes.push(Change { key, row });
        }
        Ok(changes)
    }

    /// A connection that nobody uses: most often the one this thread used before, whose pages are
    /// in this core's cache.
    fn connection(&self) -> Result<MutexGuard<'_, Connection>, Error> {
        let mine = PLACE.with(|place| *place) % self.connections.len().max(1);
        let (after, before) = self.connections.split_at_checked(mine).map_or((&[][..], &[][..]), |(b, a)| (a, b));
        for connection in after.iter().chain(before) {
            if let Ok(connection) = connection.try_lock() {
                return Ok(connection);
            }
        }
        let busy = self.connections.get(mine).ok_or_else(|| Error::Unavailable("no reading connection".into()))?;
        Ok(busy.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn prepare<'a>(connection: &'a Connection, sql: &str) -> Result<CachedStatement<'a>, Error> {
    connection.prepare_cached(sql).map_err(unavailable)
}

/// The version and the value that stand at columns `at` and the one behind it.
fn read(table: Table, row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Result<Row, Error>> {
    let version = <[u8; 16]>::try_from(row.get_ref(at)?.as_blob()?);
    let value = row.get_ref(at + 1)?.as_blob()?.to_vec();
    let malformed = |_| Error::Unreadable { kind: table.name(), why: "its version is not 16 bytes".into() };
    Ok(version.map(|version| Row { version: Version(version), value }).map_err(malformed))
}

fn unavailable(error: rusqlite::Error) -> Error {
    Error::Unavailable(Box::new(error))
}

fn unreadable(error: rusqlite::types::FromSqlError) -> Error {
    Error::Unreadable { kind: Table::Configuration.name(), why: error.to_string() }
}

thread_local! {
    /// A number of this thread's own.
    static PLACE: usize = NEXT_PLACE.fetch_add(1, Ordering::Relaxed);
}

static NEXT_PLACE: AtomicUsize = AtomicUsize::new(0);

const CHANGES: &str = "
    SELECT c.version, c.value, c.key, r.revision
    FROM configuration_revision r LEFT JOIN configuration c ON c.revision > ?1";

const FEWEST: usize = 2;
const MOST: usize = 8;
