//! A store whose every step is measured: count, outcome and latency per method.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use metrics::{Counter, Histogram};
use store::{Changes, Error, Outcome, Row, Rows, Scan, Table, Write};

/// Measures another store.
pub struct Metered {
    rows: Arc<dyn Rows>,
    get: Meter,
    scan: Meter,
    commit: Meter,
    changes: Meter,
}

struct Meter {
    ok: Counter,
    failed: Counter,
    seconds: Histogram,
}

impl Metered {
    /// Measures `rows`.
    pub fn new(rows: Arc<dyn Rows>) -> Self {
        crate::meters::install();
        Self {
            rows,
            get: Meter::new("get"),
            scan: Meter::new("scan"),
            commit: Meter::new("commit"),
            changes: Meter::new("changes"),
        }
    }
}

impl Meter {
    fn new(method: &'static str) -> Self {
        let counter =
            |outcome: &'static str| metrics::counter!("daypass_store_steps", "method" => method, "outcome" => outcome);
        let seconds = metrics::histogram!("daypass_store_seconds", "method" => method);
        Self { ok: counter("ok"), failed: counter("failed"), seconds }
    }

    fn record<T>(&self, started: Instant, result: Result<T, Error>) -> Result<T, Error> {
        self.seconds.record(started.elapsed().as_secs_f64());
        let counter = if result.is_ok() { &self.ok } else { &self.failed };
        counter.increment(1);
        result
    }
}

#[async_trait]
impl Rows for Metered {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        let started = Instant::now();
        self.get.record(started, self.rows.get(table, key).await)
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        let started = Instant::now();
        self.scan.record(started, self.rows.scan(scan).await)
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        let started = Instant::now();
        self.commit.record(started, self.rows.commit(writes).await)
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        let started = Instant::now();
        self.changes.record(started, self.rows.changes(revision).await)
    }
}
