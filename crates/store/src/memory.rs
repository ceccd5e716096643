//! A store in memory, for tests of what stands above a store. It passes the same suite.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;

use crate::rows::{Change, Changes, Error, Expect, Outcome, Row, Rows, Scan, Table, Write, check, mark};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    rows: HashMap<Table, BTreeMap<Vec<u8>, Row>>,
    revision: u64,
    /// The revision of each configuration row's last change; deleted rows keep theirs.
    changed: BTreeMap<Vec<u8>, u64>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[async_trait]
impl Rows for Memory {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        Ok(self.tables().get(table, key).cloned())
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        let (first, end) = scan.bounds();
        if end.as_ref().is_some_and(|end| *end <= first) {
            return Ok(Vec::new());
        }
        let range = (Bound::Included(first), end.map_or(Bound::Unbounded, Bound::Excluded));
        let tables = self.tables();
        let rows = tables.rows.get(&scan.table).map(|rows| rows.range(range)).into_iter().flatten();
        Ok(rows.take(scan.limit.max(1)).map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        check(&writes)?;
        let mut tables = self.tables();
        if let Some(index) = writes.iter().position(|write| !tables.meets(write)) {
            let own = mark(&writes).is_some_and(|(write, version)| {
                tables.get(write.table, &write.key).is_some_and(|row| row.version == version)
            });
            return Ok(if own { Outcome::Committed } else { Outcome::Conflict(index) });
        }
        if writes.iter().any(|write| write.table == Table::Configuration) {
            tables.revision += 1;
        }
        writes.into_iter().for_each(|write| tables.apply(write));
        Ok(Outcome::Committed)
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        let tables = self.tables();
        let changed = tables.changed.iter().filter(|(_, at)| **at > revision);
        let change = |key: &Vec<u8>| Change { key: key.clone(), row: tables.get(Table::Configuration, key).cloned() };
        Ok(Changes { revision: tables.revision, changes: changed.map(|(key, _)| change(key)).collect() })
    }
}

impl Tables {
    fn get(&self, table: Table, key: &[u8]) -> Option<&Row> {
        self.rows.get(&table)?.get(key)
    }

    fn meets(&self, write: &Write) -> bool {
        match (write.expect, self.get(write.table, &write.key)) {
            (Expect::Absent, found) => found.is_none(),
            (Expect::Version(version), found) => found.is_some_and(|row| row.version == version),
        }
    }

    fn apply(&mut self, write: Write) {
        if write.table == Table::Configuration {
            self.changed.insert(write.key.clone(), self.revision);
        }
        let rows = self.rows.entry(write.table).or_default();
        match write.row {
            Some(row) => drop(rows.insert(write.key, row)),
            None => drop(rows.remove(&write.key)),
        }
    }
}
