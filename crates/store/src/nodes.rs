//! The processes that serve one store, and which of them delivers which partition of the outbox.
//!
//! Every process renews a row of its own. Nobody compares clocks: a process is taken for dead when somebody else has
//! watched its row stand still for [`DEAD`], and takes itself for dead long before that. Whoever is alone, as the only
//! process of an embedded store, has no row and every partition.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use vocab::Random;

use crate::outbox::PARTITIONS;
use crate::rows::{Error, Outcome, Row, Rows, Scan, Table, Version, Write};

/// The id of a process.
pub type NodeId = [u8; 8];

/// This process among those that serve the store.
pub struct Nodes {
    rows: Arc<dyn Rows>,
    random: Arc<dyn Random>,
    id: NodeId,
    is_alone: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the last renewal that succeeded began.
    renewed: Option<Instant>,
    /// Since when there was no gap between renewals.
    since: Option<Instant>,
    /// When the others were last looked at.
    looked: Option<Instant>,
    /// When letters to nobody were last looked for.
    swept: Option<Instant>,
    /// The others: the version of their row, and since when it is that one.
    others: HashMap<NodeId, (Version, Instant)>,
    /// The partitions that it delivers.
    own: BTreeSet<u8>,
    /// How often each partition is held.
    held: HashMap<u8, usize>,
}

/// A partition that is not given up as long as this lives.
pub struct Held<'a> {
    nodes: &'a Nodes,
    partition: u8,
}

impl Nodes {
    /// This process, which has to [`renew`](Self::renew) to be one of many.
    pub fn new(rows: Arc<dyn Rows>, random: Arc<dyn Random>, is_alone: bool) -> Self {
        let id = random.bytes();
        Self { rows, random, id, is_alone, state: Mutex::default() }
    }

    /// Its id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether no other process can serve the store.
    pub fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Whether it renewed its row lately: nobody takes it for dead yet.
    pub fn is_member(&self) -> bool {
        self.is_alone || self.lock().renewed.is_some_and(|renewed| renewed.elapsed() < FENCE)
    }

    /// Whether it has been a member for so long that all others know it.
    pub fn is_known(&self) -> bool {
        self.is_alone || self.is_member() && self.lock().since.is_some_and(|since| since.elapsed() >= KNOWN)
    }

    /// Says that it lives. To be called every [`RENEWAL`]. Whether nobody can have taken it for dead since it did so
    /// last: else letters to it may be missing.
    pub async fn renew(&self) -> Result<bool, Error> {
        if self.is_alone {
            return Ok(true);
        }
        let began = Instant::now();
        let key = node_key(self.id);
        let row = Row { version: Version::draw(&*self.random), value: Vec::new() };
        let write = match self.rows.get(Table::Node, &key).await? {
            Some(old) => Write::replace(Table::Node, key, old.version, row),
            None => {
                // New here, or taken for dead.
                self.lock().since = None;
                Write::insert(Table::Node, key, row)
            }
        };
        let is_gap = {
            let state = self.lock();
            state.since.is_none() || state.renewed.is_none_or(|renewed| renewed.elapsed() >= FENCE)
        };
        if self.rows.commit(vec![write]).await? == Outcome::Committed {
            let mut state = self.lock();
            if is_gap {
                state.since = Some(Instant::now());
                // Somebody else may have them by now.
                state.own.clear();
            }
            state.renewed = Some(began);
        }
        Ok(!is_gap && self.is_member())
    }

    /// Looks at the others; forgets those that have been dead for long, with the mail that nobody reads any more.
    pub async fn look(&self) -> Result<(), Error> {
        if self.is_alone {
            return Ok(());
        }
        let began = Instant::now();
        let found = self.rows.scan(Scan { table: Table::Node, prefix: NODE, after: None, limit: MOST }).await?;
        let mut buried = Vec::new();
        {
            let mut state = self.lock();
            let mut others = HashMap::new();
            for (key, row) in found {
                let Some(id) = key.get(1..).and_then(|id| NodeId::try_from(id).ok()).filter(|id| *id != self.id) else {
                    continue;
                };
                let seen = state.others.get(&id).filter(|(version, _)| *version == row.version);
                let since = seen.map_or(began, |(_, since)| *since);
                if since.elapsed() >= BURIED {
                    buried.push((id, row.version));
                } else {
                    others.insert(id, (row.version, since));
                }
            }
            state.others = others;
            state.looked = Some(began);
        }
        for (id, version) in buried {
            let gone = vec![Write::delete(Table::Node, node_key(id), version)];
            let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(gone).await?;
        }
        let is_due = self.lock().swept.is_none_or(|swept| swept.elapsed() >= BURIED);
        if is_due {
            self.discard_lost_mail().await?;
            self.lock().swept = Some(Instant::now());
        }
        Ok(())
    }

    /// The other processes that live, as of two seconds ago at most.
    pub async fn others(&self) -> Result<Vec<NodeId>, Error> {
        if self.is_alone {
            return Ok(Vec::new());
        }
        let is_fresh = self.lock().looked.is_some_and(|looked| looked.elapsed() < FRESH);
        if !is_fresh {
            self.look().await?;
        }
        Ok(self.living())
    }

    fn living(&self) -> Vec<NodeId> {
        let state = self.lock();
        let living = state.others.iter().filter(|(_, (_, since))| since.elapsed() < DEAD);
        living.map(|(id, _)| *id).collect()
    }

    /// Takes its fair share of the partitions, and gives up what is more than that and not [held](Self::hold). Answers
    /// those that it has.
    pub async fn share(&self) -> Result<BTreeSet<u8>, Error> {
        if self.is_alone {
            return Ok((0..PARTITIONS).collect());
        }
        if !self.is_member() {
            return Ok(BTreeSet::new());
        }
        let found = self.rows.scan(Scan { table: Table::Node, prefix: CLAIM, after: None, limit: MOST }).await?;
        let mut claims: Claims = BTreeMap::new();
        for (key, row) in found {
            if let (Some(partition), Ok(owner)) = (key.get(1), NodeId::try_from(row.value.as_slice())) {
                claims.insert(*partition, (owner, row.version));
            }
        }
        if claims.values().any(|(owner, _)| !self.knows(*owner)) {
            // Whoever has a claim had a row before: one that has none now is gone.
            self.look().await?;
        }
        let fair = usize::from(PARTITIONS).div_ceil(self.living().len() + 1);
        let (mut own, surplus) = self.keep(&claims, fair);
        for (partition, version) in surplus {
            let gone = vec![Write::delete(Table::Node, claim_key(partition), version)];
            let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(gone).await?;
        }
        for partition in 0..PARTITIONS {
            if own.len() >= fair {
                break;
            }
            let row = Row { version: Version::draw(&*self.random), value: self.id.to_vec() };
            let write = match claims.get(&partition) {
                None => Write::insert(Table::Node, claim_key(partition), row),
                Some((owner, version)) if *owner != self.id && self.is_dead(*owner) => {
                    Write::replace(Table::Node, claim_key(partition), *version, row)
                }
                Some(_) => continue,
            };
            if self.rows.commit(vec![write]).await? == Outcome::Committed {
                self.lock().own.insert(partition);
                own.insert(partition);
            }
        }
        Ok(own)
    }

    /// The partitions that it keeps, and the claims that it gives up: from now on nobody can hold those.
    fn keep(&self, claims: &Claims, fair: usize) -> (BTreeSet<u8>, Vec<(u8, Version)>) {
        let mut state = self.lock();
        let claimed = claims.iter().filter(|(_, (owner, _))| *owner == self.id);
        let mut own: BTreeMap<u8, Version> = claimed.map(|(partition, (_, version))| (*partition, *version)).collect();
        let mut surplus = Vec::new();
        while own.len() > fair {
            let free = own.iter().rev().find(|(partition, _)| !state.held.contains_key(partition));
            let Some((partition, version)) = free.map(|(partition, version)| (*partition, *version)) else { break };
            own.remove(&partition);
            surplus.push((partition, version));
        }
        state.own = own.into_keys().collect();
        (state.own.clone(), surplus)
    }

    /// Keeps a partition while something of it is delivered. `None`: that is for another process to do. What is begun
    /// with it must look whether this process still [is a member](Self::is_member).
    pub fn hold(&self, partition: u8) -> Option<Held<'_>> {
        if !self.is_member() {
            return None;
        }
        let mut state = self.lock();
        if !self.is_alone && !state.own.contains(&partition) {
            return None;
        }
        *state.held.entry(partition).or_default() += 1;
        Some(Held { nodes: self, partition })
    }

    /// Takes its row away, so that the others need not wait for it to be dead.
    pub async fn leave(&self) -> Result<(), Error> {
        if self.is_alone {
            return Ok(());
        }
        {
            let mut state = self.lock();
            state.renewed = None;
            state.own.clear();
        }
        if let Some(row) = self.rows.get(Table::Node, &node_key(self.id)).await? {
            let gone = vec![Write::delete(Table::Node, node_key(self.id), row.version)];
            let (Outcome::Committed | Outcome::Conflict(_)) = self.rows.commit(gone).await?;
        }
        self.discard_mail(self.id).await
    }

    fn knows(&self, owner: NodeId) -> bool {
        owner == self.id || self.lock().others.contains_key(&owner)
    }

    /// Whether the owner of a claim, who was looked for since, is gone, or was watched standing still.
    fn is_dead(&self, owner: NodeId) -> bool {
        self.lock().others.get(&owner).is_none_or(|(_, since)| since.elapsed() >= DEAD)
    }

    /// Throws away letters to processes that are gone: of those that were buried, and what was written to one while it
    /// left.
    async fn discard_lost_mail(&self) -> Result<(), Error> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let scan = Scan { table: Table::Mail, prefix: &[], after: after.as_deref(), limit: 1 };
            let found = self.rows.scan(scan).await?;
            let Some(to) = found.first().and_then(|(key, _)| key.first_chunk::<8>()).copied() else { return Ok(()) };
            // A process has a row before anybody writes to it.
            if self.rows.get(Table::Node, &node_key(to)).await?.is_none() {
                self.discard_mail(to).await?;
            }
            after = Some([to.as_slice(), &[0xff; LONGEST_KEY]].concat());
        }
    }

    async fn discard_mail(&self, id: NodeId) -> Result<(), Error> {
        loop {
            let scan = Scan { table: Table::Mail, prefix: &id, after: None, limit: BATCH };
            let found = self.rows.scan(scan).await?;
            if found.is_empty() {
                return Ok(());
            }
            let gone = found.into_iter().map(|(key, row)| Write::delete(Table::Mail, key, row.version)).collect();
            if self.rows.commit(gone).await? != Outcome::Committed {
                return Ok(());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut state = self.nodes.lock();
        if let Some(count) = state.held.get_mut(&self.partition) {
            *count -= 1;
            if *count == 0 {
                state.held.remove(&self.partition);
            }
        }
    }
}

/// Who has which partition, and the version of the row that says so.
type Claims = BTreeMap<u8, (NodeId, Version)>;

fn node_key(id: NodeId) -> Vec<u8> {
    [NODE, &id].concat()
}

fn claim_key(partition: u8) -> Vec<u8> {
    [CLAIM, &[partition]].concat()
}

/// How often a process says that it lives.
pub const RENEWAL: Duration = Duration::from_secs(2);
/// After so long without a renewal a process takes itself for dead.
pub const FENCE: Duration = Duration::from_secs(6);
/// After so long without a renewal the others do. What a process began when it was alive must end within the difference.
pub const DEAD: Duration = Duration::from_secs(12);
/// After so long its row is taken away.
const BURIED: Duration = Duration::from_secs(60);
/// How old what is known of the others may be.
const FRESH: Duration = Duration::from_secs(2);
/// After so long everybody has looked.
const KNOWN: Duration = Duration::from_secs(4);
const NODE: &[u8] = b"n";
const CLAIM: &[u8] = b"p";
const MOST: usize = 1000;
/// More than what follows a process in the key of a letter.
const LONGEST_KEY: usize = 32;
const BATCH: usize = 200;

#[cfg(test)]
mod tests {
    use vocab::SystemRandom;

    use super::*;
    use crate::memory::Memory;

    fn node(rows: &Arc<Memory>) -> Nodes {
        Nodes::new(rows.clone(), Arc::new(SystemRandom), false)
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stood_still_may_have_been_taken_for_dead() {
        let rows = Arc::new(Memory::new());
        let (one, other) = (node(&rows), node(&rows));
        assert!(!one.renew().await.unwrap(), "it is new");
        for _ in 0..3 {
            tokio::time::advance(RENEWAL).await;
            assert!(one.renew().await.unwrap());
        }
        assert!(one.is_known());
        one.look().await.unwrap();
        assert_eq!(one.share().await.unwrap().len(), 64);
        assert!(one.hold(0).is_some());
        tokio::time::advance(FENCE).await;
        assert!(!one.is_member() && one.hold(0).is_none());
        assert!(!one.renew().await.unwrap());
        // It is a member again, and has to ask anew what it may deliver.
        assert!(one.is_member() && !one.is_known() && one.hold(0).is_none());
        assert_eq!(one.share().await.unwrap().len(), 64);

        // Somebody who has watched it stand still takes its row away, and later its letters and partitions.
        assert!(!other.renew().await.unwrap());
        other.look().await.unwrap();
        for _ in 0..31 {
            tokio::time::advance(RENEWAL).await;
            other.renew().await.unwrap();
            other.look().await.unwrap();
        }
        assert_eq!(other.share().await.unwrap().len(), 64);
        assert!(!one.renew().await.unwrap());
        assert!(one.share().await.unwrap().is_empty() && other.others().await.unwrap().is_empty());
        other.look().await.unwrap();
        assert_eq!(other.share().await.unwrap().len(), 32);
        assert_eq!(one.share().await.unwrap().len(), 32);
    }
}
