//! Rows that remember what was looked through, and take their time with records.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use store::memory::Memory;
use store::{Changes, Error, Outcome, Row, Rows, Scan, Table, Write};

/// Rows in memory.
pub struct Watched {
    rows: Memory,
    /// The table of every look, and where it began.
    looks: Mutex<Vec<(Table, Option<Vec<u8>>)>>,
}

impl Watched {
    /// None yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self { rows: Memory::new(), looks: Mutex::default() })
    }

    /// Where each look through a table began.
    pub fn looks(&self, table: Table) -> Vec<Option<Vec<u8>>> {
        let looks = self.looks.lock().unwrap();
        looks.iter().filter(|(looked, _)| *looked == table).map(|(_, after)| after.clone()).collect()
    }
}

#[async_trait]
impl Rows for Watched {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        self.rows.get(table, key).await
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        self.looks.lock().unwrap().push((scan.table, scan.after.map(<[u8]>::to_vec)));
        if scan.table == Table::Record {
            // Others may change them meanwhile.
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
        }
        self.rows.scan(scan).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        self.rows.commit(writes).await
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        self.rows.changes(revision).await
    }
}
