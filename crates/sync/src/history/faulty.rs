//! One device's way to the store, on which things go wrong, and where every commit that happens is noted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use store::record::decode;
use store::{Changes, Error, Expect, Outcome, Row, Rows, Scan, Table, Write};

use super::{Changed, Commit, Operation, World};

/// The same contract as the store behind it.
pub(super) struct Faulty {
    inner: Arc<dyn Rows>,
    world: Arc<World>,
    chance: AtomicU64,
    current: Mutex<Option<Operation>>,
    /// Something went wrong since the running operation began: nobody knows what became of it.
    pub(super) is_faulted: AtomicBool,
}

impl Faulty {
    pub(super) fn new(inner: Arc<dyn Rows>, world: Arc<World>, seed: u64) -> Arc<Self> {
        let (current, is_faulted) = (Mutex::default(), AtomicBool::new(false));
        Arc::new(Self { inner, world, chance: AtomicU64::new(seed), current, is_faulted })
    }

    /// What follows belongs to this operation.
    pub(super) fn begin(&self, operation: Operation) {
        self.is_faulted.store(false, Ordering::SeqCst);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation);
    }

    /// A number below `end`: SplitMix64.
    pub(super) fn below(&self, end: u64) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.chance.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (state ^ state >> 31) % end.max(1)
    }

    fn fault(&self, what: &'static str) -> Error {
        self.is_faulted.store(true, Ordering::SeqCst);
        self.world.count(what);
        Error::Unavailable(what.into())
    }

    async fn delay(&self) {
        for _ in 0..self.below(4) {
            tokio::task::yield_now().await;
        }
    }

    /// A commit as the store makes it, noted where it happened.
    async fn noted(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        let shelves = shelves(&writes)?;
        let outcome = self.inner.commit(writes).await.inspect_err(|_| {
            self.is_faulted.store(true, Ordering::SeqCst);
        })?;
        if outcome == Outcome::Committed && !shelves.is_empty() {
            let operation = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
            match operation {
                Some(operation) => self.world.log().commits.push(Commit { operation, shelves }),
                None => self.world.breaks("a commit of no operation".into()),
            }
        }
        Ok(outcome)
    }
}

fn shelves(writes: &[Write]) -> Result<Vec<Changed>, Error> {
    let of_shelves = writes.iter().filter(|write| write.table == Table::Dataset);
    let read = |write: &Write| {
        let before = match write.expect {
            Expect::Absent => None,
            Expect::Version(version) => Some(version),
        };
        let after = match &write.row {
            Some(row) => Some((row.version, decode("shelf of datasets", &row.value)?)),
            None => None,
        };
        Ok((write.key.clone(), before, after))
    };
    of_shelves.map(read).collect()
}

#[async_trait]
impl Rows for Faulty {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        self.delay().await;
        if self.below(500) == 0 {
            return Err(self.fault("reads failed"));
        }
        self.inner.get(table, key).await
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        self.delay().await;
        self.inner.scan(scan).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        self.delay().await;
        match self.below(100) {
            // It never gets there.
            0..3 => Err(self.fault("commits failed")),
            // It happens, and nobody hears of it.
            3..6 => match self.noted(writes).await? {
                Outcome::Committed => Err(self.fault("answers lost")),
                conflict => Ok(conflict),
            },
            // It happens, and is sent again.
            6..10 => match self.noted(writes.clone()).await? {
                Outcome::Committed => {
                    self.delay().await;
                    self.world.count("commits repeated");
                    match self.inner.commit(writes).await? {
                        Outcome::Committed => Ok(Outcome::Committed),
                        Outcome::Conflict(_) => Err(self.fault("repeated commits that nobody knew again")),
                    }
                }
                conflict => Ok(conflict),
            },
            _ => self.noted(writes).await,
        }
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        self.inner.changes(revision).await
    }
}
