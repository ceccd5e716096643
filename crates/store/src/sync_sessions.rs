//! How many sync sessions began in a pool, by month.
//!
//! A session is counted in memory and written later, each process into rows of its own: counting costs a request nothing
//! and processes do not meet. What was counted since the last writing is lost when the process dies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use vocab::{PoolId, Random, Timestamp};

use crate::record::{decode, encode};
use crate::rows::{Error, Outcome, Rows, Scan, Table, Version, Write};

/// The sync sessions of all pools.
pub struct SyncSessions {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
    process: [u8; 16],
    counted: Mutex<HashMap<(u32, [u8; 16]), Count>>,
}

/// What this process counted of a pool in a month.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    sessions: u64,
    written: u64,
    version: Option<Version>,
}

impl SyncSessions {
    /// The sessions that are kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, process: random.bytes(), random, counted: Mutex::default() }
    }

    /// Counts a session.
    pub fn count(&self, pool: &PoolId, now: Timestamp) {
        self.lock().entry((month(now), pool.guid())).or_default().sessions += 1;
    }

    /// The sessions of a pool in the month of `now`, of all processes.
    pub async fn of(&self, pool: &PoolId, now: Timestamp) -> Result<u64, Error> {
        let prefix = [month(now).to_be_bytes().as_slice(), &pool.guid()].concat();
        let own = self.lock().get(&(month(now), pool.guid())).map_or(0, |count| count.sessions);
        let mut sessions = own;
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::SyncSession, prefix: &prefix, after: after.as_deref(), limit: BATCH };
            let page = self.rows.scan(scan).await?;
            for (key, row) in &page {
                // What this process wrote is among what it counted.
                if !key.ends_with(&self.process) {
                    sessions += decode::<u64>(KIND, &row.value)?;
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == BATCH => after = Some(last.clone()),
                _ => return Ok(sessions),
            }
        }
    }

    /// Writes what was counted. Where that fails, the next writing does it.
    pub async fn write(&self, now: Timestamp) -> Result<(), Error> {
        let counted: Vec<_> = self.lock().iter().map(|(name, count)| (*name, *count)).collect();
        for ((month, pool), count) in counted.into_iter().filter(|(_, count)| count.sessions > count.written) {
            let key = [month.to_be_bytes().as_slice(), &pool, &self.process].concat();
            let (written, row) = (count.sessions, encode(KIND, &count.sessions, &*self.random)?);
            let version = row.version;
            let write = match count.version {
                Some(version) => Write::replace(Table::SyncSession, key.clone(), version, row),
                None => Write::insert(Table::SyncSession, key.clone(), row),
            };
            let outcome = self.rows.commit(vec![write]).await?;
            // An earlier writing may have happened although its answer was lost.
            let held = match outcome {
                Outcome::Committed => Some(version),
                Outcome::Conflict(_) => self.rows.get(Table::SyncSession, &key).await?.map(|row| row.version),
            };
            if let Some(count) = self.lock().get_mut(&(month, pool)) {
                count.version = held;
                if outcome == Outcome::Committed {
                    count.written = written;
                }
            }
        }
        let this = month(now);
        self.lock().retain(|(month, _), count| *month >= this || count.sessions > count.written);
        self.forget(this).await
    }

    /// Deletes some of what is older than a month.
    async fn forget(&self, this: u32) -> Result<(), Error> {
        let scan = Scan { table: Table::SyncSession, prefix: &[], after: None, limit: BATCH };
        let is_old = |key: &[u8]| key.first_chunk().is_some_and(|month| u32::from_be_bytes(*month) + 1 < this);
        let found = self.rows.scan(scan).await?.into_iter().filter(|(key, _)| is_old(key));
        let old: Vec<_> = found.map(|(key, row)| Write::delete(Table::SyncSession, key, row.version)).collect();
        if !old.is_empty() {
            // A conflict means that somebody else has done the same.
            let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(old).await?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(u32, [u8; 16]), Count>> {
        self.counted.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Months since the year 0.
fn month(now: Timestamp) -> u32 {
    let date = now.iso8601();
    let number = |range: std::ops::Range<usize>| date.get(range).and_then(|text| text.parse::<u32>().ok());
    number(0..4).unwrap_or_default() * 12 + number(5..7).unwrap_or_default()
}

const KIND: &str = "sync sessions";
const BATCH: usize = 100;

#[cfg(test)]
mod tests {
    use vocab::{Region, SystemRandom};

    use super::*;
    use crate::memory::Memory;

    #[tokio::test]
    async fn sessions_of_all_processes_are_counted_once() {
        let rows: Arc<dyn Rows> = Arc::new(Memory::new());
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let pool = PoolId::draw(&"us-east-1".parse::<Region>().unwrap(), &*random);
        let [here, there] = [(), ()].map(|()| SyncSessions::new(rows.clone(), random.clone()));
        let now = Timestamp::from_millis(1_767_355_200_000);
        for _ in 0..3 {
            here.count(&pool, now);
            here.write(now).await.unwrap();
            there.count(&pool, now);
        }
        assert_eq!((here.of(&pool, now).await.unwrap(), there.of(&pool, now).await.unwrap()), (3, 6));
        there.write(now).await.unwrap();
        assert_eq!(here.of(&pool, now).await.unwrap(), 6);
        let later = Timestamp::from_millis(1_767_355_200_000 + 90 * 86_400_000);
        there.write(later).await.unwrap();
        assert_eq!(there.of(&pool, later).await.unwrap(), 0);
        assert!(
            rows.scan(Scan { table: Table::SyncSession, prefix: &[], after: None, limit: 9 }).await.unwrap().is_empty()
        );
    }
}
