//! One client's way to the store, on which things go wrong: commits fail before they happen, answers are lost after
//! they happened, commits are sent twice, and everything is delayed.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use store::{Changes, Error, Outcome, Row, Rows, Scan, Table, Write};

use super::chance::Chance;
use super::ledger::{Ledger, Operation};

/// The same contract as the store behind it.
pub(super) struct Faulty {
    inner: Arc<dyn Rows>,
    ledger: Arc<Ledger>,
    chance: Arc<Chance>,
    current: Mutex<Option<Arc<Operation>>>,
}

impl Faulty {
    pub(super) fn new(inner: Arc<dyn Rows>, ledger: Arc<Ledger>, chance: Arc<Chance>) -> Self {
        Self { inner, ledger, chance, current: Mutex::new(None) }
    }

    /// What follows belongs to this operation.
    pub(super) fn begin(&self, operation: &Arc<Operation>) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(operation.clone());
    }

    /// Marks the running operation as one that may fail.
    fn fault(&self, what: &'static str) -> Error {
        if let Some(operation) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            operation.faulted.store(true, Ordering::SeqCst);
        }
        self.ledger.count(what);
        Error::Unavailable(what.into())
    }

    /// Lets others go first.
    async fn delay(&self) {
        for _ in 0..self.chance.below(4) {
            tokio::task::yield_now().await;
        }
    }

    /// A commit as the store makes it, in the ledger.
    async fn recorded(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        let operation = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let takes = writes.iter().any(|write| write.row.is_none());
        let _one_at_a_time = if takes { Some(self.ledger.removals.lock().await) } else { None };
        let number = self.ledger.issue(operation, writes.clone());
        match self.inner.commit(writes).await {
            Ok(Outcome::Committed) => {
                self.ledger.committed(number);
                Ok(Outcome::Committed)
            }
            Ok(Outcome::Conflict(index)) => {
                self.ledger.refused(number);
                Ok(Outcome::Conflict(index))
            }
            // Nobody knows. Later commits, or the end, show whether it happened.
            Err(Error::Unavailable(_)) => Err(self.fault("outcomes unknown to the store")),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl Rows for Faulty {
    async fn get(&self, table: Table, key: &[u8]) -> Result<Option<Row>, Error> {
        self.delay().await;
        if self.chance.below(500) == 0 {
            return Err(self.fault("reads failed"));
        }
        match self.inner.get(table, key).await {
            Err(Error::Unavailable(_)) => Err(self.fault("reads failed in the store")),
            other => other,
        }
    }

    async fn scan(&self, scan: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
        match self.inner.scan(scan).await {
            Err(Error::Unavailable(_)) => Err(self.fault("reads failed in the store")),
            other => other,
        }
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Outcome, Error> {
        self.delay().await;
        match self.chance.below(100) {
            // A serialization failure that outlasted every retry.
            0..2 => Err(self.fault("commits failed")),
            // The connection is lost after the commit, and nobody asks again.
            2..4 => match self.recorded(writes).await? {
                Outcome::Committed => Err(self.fault("answers lost")),
                conflict => Ok(conflict),
            },
            // The connection is lost after the commit, and the store tries again.
            4..8 => match self.recorded(writes.clone()).await? {
                Outcome::Committed => {
                    self.delay().await;
                    self.ledger.count("commits repeated");
                    match self.inner.commit(writes).await? {
                        Outcome::Committed => Ok(Outcome::Committed),
                        Outcome::Conflict(_) => Err(self.fault("repeated commits that nobody knew again")),
                    }
                }
                conflict => Ok(conflict),
            },
            _ => self.recorded(writes).await,
        }
    }

    async fn changes(&self, revision: u64) -> Result<Changes, Error> {
        self.inner.changes(revision).await
    }
}
