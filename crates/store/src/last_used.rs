//! When access keys and roles were last used.
//!
//! A use is noted in memory, where it costs a request next to nothing, and written later, many at a
//! time, into a table of its own: no request waits for it, and no policy is read anew because of it.
//! What was noted since the last writing is lost when the process dies: a stamp may be older than the
//! last use, and never newer. Access keys are named by their id, roles by their unique id, so that
//! whoever takes over a role's name does not inherit its stamp.

use std::cmp::max_by_key;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use vocab::{Random, Timestamp};

use crate::configuration::Configuration;
use crate::record::{decode, encode};
use crate::records::principals::{AccessKey, Role};
use crate::rows::{Error, MAX_WRITES, Outcome, Rows, Scan, Table, Write};

/// One use: when, of which service, in which region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// When.
    pub time: Timestamp,
    /// The service's name in signatures, such as `s3`.
    pub service: String,
    /// The region that was signed for.
    pub region: String,
}

/// The last uses of access keys and roles.
pub struct LastUsed {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
    /// What is not written yet, in shards: requests seldom meet at one.
    noted: [Mutex<HashMap<String, Use>>; SHARDS],
}

impl LastUsed {
    /// The last uses that are kept in `rows`.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>) -> Self {
        Self { rows, random, noted: Default::default() }
    }

    /// Notes a use in memory. It allocates only at the first use after a writing.
    pub fn note(&self, name: &str, time: Timestamp, service: &str, region: &str) {
        let mut shard = self.shard(name);
        match shard.get_mut(name) {
            Some(last) if last.time > time => {}
            Some(last) => {
                last.time = time;
                replace(&mut last.service, service);
                replace(&mut last.region, region);
            }
            None => {
                let used = Use { time, service: service.to_owned(), region: region.to_owned() };
                shard.insert(name.to_owned(), used);
            }
        }
    }

    /// The last use that this process noted or any process wrote.
    pub async fn of(&self, name: &str) -> Result<Option<Use>, Error> {
        // Memory first: a note leaves it only after it was written.
        let noted = self.shard(name).get(name).cloned();
        let row = self.rows.get(Table::LastUsed, name.as_bytes()).await?;
        let written = row.map(|row| decode(KIND, &row.value)).transpose()?;
        Ok(max_by_key(written, noted, |used: &Option<Use>| used.as_ref().map(|used| used.time)))
    }

    /// Writes what was noted. Where that fails it stays noted, for the next writing.
    pub async fn write(&self) -> Result<(), Error> {
        let mut noted = Vec::new();
        for shard in &self.noted {
            noted.extend(lock(shard).iter().map(|(name, used)| (name.clone(), used.clone())));
        }
        for batch in noted.chunks(BATCH) {
            self.write_batch(batch).await?;
            for (name, used) in batch {
                let mut shard = self.shard(name);
                if shard.get(name) == Some(used) {
                    shard.remove(name);
                }
            }
        }
        Ok(())
    }

    /// Deletes the stamps of keys and roles that are gone.
    pub async fn sweep(&self, configuration: &Configuration) -> Result<(), Error> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::LastUsed, prefix: &[], after: after.as_deref(), limit: MAX_WRITES };
            let page = self.rows.scan(scan).await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            // Read after the page: a stamp of somebody who is made meanwhile is not on it.
            let living = living(configuration).await?;
            let dead = page.into_iter().filter(|(name, _)| !living.contains(name));
            let writes: Vec<_> = dead.map(|(name, row)| Write::delete(Table::LastUsed, name, row.version)).collect();
            if !writes.is_empty() {
                // A stamp that changed meanwhile leaves this page to the next sweep.
                self.rows.commit(writes).await?;
            }
        }
    }

    /// Writes these, unless later uses stand there.
    async fn write_batch(&self, batch: &[(String, Use)]) -> Result<(), Error> {
        for _ in 0..MAX_ATTEMPTS {
            let mut writes = Vec::new();
            for (name, used) in batch {
                let key = name.as_bytes().to_vec();
                let new = encode(KIND, used, &*self.random)?;
                match self.rows.get(Table::LastUsed, &key).await? {
                    None => writes.push(Write::insert(Table::LastUsed, key, new)),
                    // A stamp that cannot be read is worth less than a new one.
                    Some(row) if decode(KIND, &row.value).map_or(true, |kept: Use| kept.time < used.time) => {
                        writes.push(Write::replace(Table::LastUsed, key, row.version, new));
                    }
                    Some(_) => {}
                }
            }
            if writes.is_empty() || self.rows.commit(writes).await? == Outcome::Committed {
                return Ok(());
            }
        }
        Err(Error::Unavailable("the stamps of last uses change too often".into()))
    }

    fn shard(&self, name: &str) -> MutexGuard<'_, HashMap<String, Use>> {
        let [first, ..] = &self.noted;
        // The names end in characters of chance.
        let index = name.as_bytes().last().map_or(0, |byte| usize::from(*byte) % SHARDS);
        lock(self.noted.get(index).unwrap_or(first))
    }
}

/// The names of all access keys and roles.
async fn living(configuration: &Configuration) -> Result<HashSet<Vec<u8>>, Error> {
    let keys = configuration.list::<AccessKey>("").await?;
    let roles = configuration.held::<Role>("")?;
    let keys = keys.iter().map(|key| key.id.as_str().as_bytes().to_vec());
    Ok(keys.chain(roles.iter().map(|role| role.unique_id.clone().into_bytes())).collect())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Most uses are of the same service as the one before.
fn replace(text: &mut String, new: &str) {
    if text != new {
        new.clone_into(text);
    }
}

const KIND: &str = "last use";
const SHARDS: usize = 16;
/// How many stamps are written in one commit.
const BATCH: usize = 100;
/// How often a batch starts over because other nodes write the same stamps.
const MAX_ATTEMPTS: usize = 20;
