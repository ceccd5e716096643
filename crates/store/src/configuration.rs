//! The configuration: pools, roles, users, keys, providers, keyrings. It is small and hot, so every
//! node holds all of it in memory and re-reads only what changed.
//!
//! A hit is answered from memory. A miss is final only after a poll that began after the question.
//! A change is conditional on the version that was read, and acts in this process at once.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, watch};
use vocab::Random;

use crate::record::{Record, Stored, decode, encode};
use crate::rows::{Changes, Error, Outcome, Rows, Table, Version, Write};

/// The configuration of one store, as this process sees it.
pub struct Configuration {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
    entries: RwLock<BTreeMap<String, Arc<Entry>>>,
    revision: AtomicU64,
    /// Held while a poll runs, so that many askers share the next one.
    poll: Mutex<Poll>,
    polls_begun: AtomicU64,
    last_poll: RwLock<Instant>,
    changes: watch::Sender<u64>,
}

/// The last poll that ended.
#[derive(Default)]
struct Poll {
    number: u64,
    failed: bool,
}

struct Entry {
    version: Version,
    value: Vec<u8>,
    /// The decoded record, made at its first use.
    typed: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Configuration {
    /// Reads the whole configuration.
    pub async fn open(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Result<Self, Error> {
        let configuration = Self {
            rows,
            random,
            entries: RwLock::default(),
            revision: AtomicU64::new(0),
            poll: Mutex::default(),
            polls_begun: AtomicU64::new(0),
            last_poll: RwLock::new(Instant::now()),
            changes: watch::Sender::new(0),
        };
        configuration.refresh().await?;
        Ok(configuration)
    }

    /// The record of kind `R` with this id.
    pub async fn get<R: Record>(&self, id: &str) -> Result<Option<Stored<R>>, Error> {
        let key = key_of::<R>(id);
        if let Some(found) = self.look::<R>(&key)? {
            return Ok(Some(found));
        }
        self.refresh().await?;
        self.look(&key)
    }

    /// The record of kind `R` with this id, if this process already holds it.
    pub fn peek<R: Record>(&self, id: &str) -> Result<Option<Stored<R>>, Error> {
        self.look(&key_of::<R>(id))
    }

    /// The records of kind `R` whose id begins with `prefix`, in order of their ids, up to date with
    /// the store.
    pub async fn list<R: Record>(&self, prefix: &str) -> Result<Vec<Stored<R>>, Error> {
        self.refresh().await?;
        self.held(prefix)
    }

    /// As [`Configuration::list`], from what this process already holds.
    pub fn held<R: Record>(&self, prefix: &str) -> Result<Vec<Stored<R>>, Error> {
        let first = key_of::<R>(prefix);
        let entries: Vec<Arc<Entry>> = {
            let all = self.entries.read().unwrap_or_else(|poisoned| poisoned.into_inner());
            all.range(first.clone()..).take_while(|(key, _)| key.starts_with(&first)).map(|(_, e)| e.clone()).collect()
        };
        entries.iter().map(|entry| entry.typed::<R>()).collect()
    }

    /// Makes all changes, or none. Acts in this process before it returns.
    pub async fn commit(&self, changes: Batch) -> Result<Outcome, Error> {
        let outcome = self.rows.commit(changes.writes).await?;
        self.refresh().await?;
        Ok(outcome)
    }

    /// Starts a list of changes.
    pub fn batch(&self) -> Batch {
        Batch { writes: Vec::new(), random: self.random.clone() }
    }

    /// Reads one record, lets `change` say what it becomes (`None`: deleted), and writes that on
    /// condition that nothing came between; else starts over. `change` may be called many times.
    /// Errs where others came between a thousand times.
    pub async fn update<R: Record, E: From<Error>>(
        &self,
        id: &str,
        mut change: impl FnMut(Option<&R>) -> Result<Option<R>, E> + Send,
    ) -> Result<(), E> {
        for _ in 0..MAX_ATTEMPTS {
            let old = self.get::<R>(id).await?;
            let new = change(old.as_deref())?;
            let mut batch = self.batch();
            match (&old, &new) {
                (None, None) => return Ok(()),
                (None, Some(new)) => batch.insert(new)?,
                (Some(old), Some(new)) => batch.replace(old, new)?,
                (Some(old), None) => batch.delete(old),
            }
            if self.commit(batch).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(E::from(Error::Unavailable("a record changes too often".into())))
    }

    /// Re-reads what changed. Askers that arrive while a poll runs share the next one.
    pub async fn refresh(&self) -> Result<(), Error> {
        let begun_before = self.polls_begun.load(Ordering::Acquire);
        let mut last = self.poll.lock().await;
        // A poll that began after this question was asked answers it too. So does its failure, or
        // the askers would wait for a dead store one after the other.
        if last.number > begun_before {
            return if last.failed { Err(Error::Unavailable("a shared poll failed".into())) } else { Ok(()) };
        }
        let number = self.polls_begun.fetch_add(1, Ordering::AcqRel) + 1;
        let started = Instant::now();
        let changes = self.rows.changes(self.revision.load(Ordering::Acquire)).await;
        *last = Poll { number, failed: changes.is_err() };
        self.apply(changes?);
        *self.last_poll.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = started;
        Ok(())
    }

    /// How long ago the last successful poll began.
    pub fn staleness(&self) -> Duration {
        self.last_poll.read().unwrap_or_else(|poisoned| poisoned.into_inner()).elapsed()
    }

    /// The revision that this process has seen: caches of derived values are keyed by it.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    /// Hears of every revision that this process comes to see.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn look<R: Record>(&self, key: &str) -> Result<Option<Stored<R>>, Error> {
        let entry = self.entries.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(key).cloned();
        entry.map(|entry| entry.typed()).transpose()
    }

    fn apply(&self, changes: Changes) {
        let mut entries = self.entries.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        for change in changes.changes {
            let Ok(key) = String::from_utf8(change.key) else { continue };
            match change.row {
                Some(row) => {
                    let entry = Entry { version: row.version, value: row.value, typed: OnceLock::new() };
                    entries.insert(key, Arc::new(entry));
                }
                None => drop(entries.remove(&key)),
            }
        }
        if self.revision.fetch_max(changes.revision, Ordering::AcqRel) < changes.revision {
            self.changes.send_replace(changes.revision);
        }
    }
}

impl Entry {
    fn typed<R: Record>(&self) -> Result<Stored<R>, Error> {
        let record = match self.typed.get() {
            Some(record) => record.clone(),
            None => {
                let record: Arc<dyn Any + Send + Sync> = Arc::new(decode::<R>(R::KIND, &self.value)?);
                self.typed.get_or_init(|| record).clone()
            }
        };
        let mixed_up = |_| Error::Unreadable { kind: R::KIND, why: "it is a record of another kind".into() };
        Ok(Stored { version: self.version, record: record.downcast::<R>().map_err(mixed_up)? })
    }
}

/// Changes to the configuration that are made together.
pub struct Batch {
    writes: Vec<Write>,
    random: Arc<dyn Random>,
}

impl Batch {
    /// Adds a record that must not exist.
    pub fn insert<R: Record>(&mut self, record: &R) -> Result<(), Error> {
        let row = encode(R::KIND, record, &*self.random)?;
        self.writes.push(Write::insert(Table::Configuration, key_of::<R>(&record.id()).into_bytes(), row));
        Ok(())
    }

    /// Replaces a record as it was read. Both have the same id.
    pub fn replace<R: Record>(&mut self, old: &Stored<R>, new: &R) -> Result<(), Error> {
        if old.id() != new.id() {
            return Err(Error::Refused("a record was replaced by one with another id"));
        }
        let row = encode(R::KIND, new, &*self.random)?;
        let key = key_of::<R>(&new.id()).into_bytes();
        self.writes.push(Write::replace(Table::Configuration, key, old.version, row));
        Ok(())
    }

    /// Deletes a record as it was read.
    pub fn delete<R: Record>(&mut self, old: &Stored<R>) {
        let key = key_of::<R>(&old.id()).into_bytes();
        self.writes.push(Write::delete(Table::Configuration, key, old.version));
    }
}

fn key_of<R: Record>(id: &str) -> String {
    format!("{}/{id}", R::KIND)
}

/// How often an update starts over.
const MAX_ATTEMPTS: usize = 1000;

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tokio::sync::Semaphore;
    use vocab::SystemRandom;

    use super::*;
    use crate::rows::{Row, Scan};

    /// A store that answers one poll, then only as often as it is let, and with an error.
    struct Failing {
        polls: AtomicU64,
        lets: Semaphore,
    }

    #[async_trait]
    impl Rows for Failing {
        async fn get(&self, _: Table, _: &[u8]) -> Result<Option<Row>, Error> {
            Err(Error::Closed)
        }

        async fn scan(&self, _: Scan<'_>) -> Result<Vec<(Vec<u8>, Row)>, Error> {
            Err(Error::Closed)
        }

        async fn commit(&self, _: Vec<Write>) -> Result<Outcome, Error> {
            Err(Error::Closed)
        }

        async fn changes(&self, _: u64) -> Result<Changes, Error> {
            if self.polls.fetch_add(1, Ordering::SeqCst) == 0 {
                return Ok(Changes::default());
            }
            let _let = self.lets.acquire().await;
            Err(Error::Unavailable("the network is down".into()))
        }
    }

    #[tokio::test]
    async fn askers_of_a_store_that_is_down_fail_together() {
        let rows = Arc::new(Failing { polls: AtomicU64::new(0), lets: Semaphore::new(0) });
        let configuration = Configuration::open(rows.clone(), Arc::new(SystemRandom)).await.unwrap();
        let configuration = Arc::new(configuration);
        let ask = || {
            let configuration = configuration.clone();
            tokio::spawn(async move { configuration.refresh().await })
        };
        let first = ask();
        while rows.polls.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        // These ask while a poll runs that began before: they share the next one.
        let others: Vec<_> = (0..20).map(|_| ask()).collect();
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        rows.lets.add_permits(1);
        assert!(first.await.unwrap().is_err());
        for other in others {
            assert!(other.await.unwrap().is_err());
        }
        assert_eq!(rows.polls.load(Ordering::SeqCst), 3);
    }
}
