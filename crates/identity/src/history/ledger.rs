//! Every commit in the order in which they happened, each judged by what its operation may do.
//!
//! Commits are told of after they happened, so a later one may be told of first: it names the versions that it found,
//! and whoever brings them about has happened before it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::identities::{Identity, Login};
use store::record::decode;
use store::records::pools::Pool;
use store::{Expect, Table, Version, Write};
use vocab::IdentityId;

use super::judge;

/// One call of a client.
pub(super) struct Operation {
    pub(super) number: u64,
    pub(super) kind: Kind,
    /// Something went wrong on its way to the store: it may answer an internal error.
    pub(super) faulted: AtomicBool,
}

#[derive(Debug)]
pub(super) enum Kind {
    Guest,
    SignIn { given: Option<IdentityId>, logins: Vec<Login>, by_developer: bool },
    Merge { source: Login, destination: Login },
    Unlink { id: IdentityId, proven: Vec<Login>, providers: Vec<String> },
    UnlinkUser { id: IdentityId, login: Login },
    Delete { id: IdentityId },
    Look,
}

/// A call that was answered with an identity, for these logins.
pub(super) struct Answer {
    pub(super) identity: IdentityId,
    pub(super) logins: Vec<Login>,
    /// When it was asked, and when it was answered.
    pub(super) during: (u64, u64),
}

/// What the commits come to.
pub(super) struct Ledger {
    pub(super) pool: Pool,
    state: Mutex<State>,
    ticks: AtomicU64,
    /// A row that is gone does not tell who took it: of commits that take rows, one at a time is under way.
    pub(super) removals: tokio::sync::Mutex<()>,
}

#[derive(Default)]
pub(super) struct State {
    rows: HashMap<Place, Version>,
    identities: HashMap<Vec<u8>, Identity>,
    owners: HashMap<Vec<u8>, Vec<u8>>,
    issued: HashMap<u64, Issued>,
    /// The operations that changed something.
    acted: HashSet<u64>,
    deleted: HashSet<Vec<u8>>,
    disabled: HashMap<Vec<u8>, u64>,
    spans: HashMap<Login, Vec<Span>>,
    pub(super) answers: Vec<Answer>,
    counts: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
}

type Place = (Table, Vec<u8>);

/// A commit of which nobody knows yet how it ends.
struct Issued {
    at: u64,
    operation: Option<Arc<Operation>>,
    writes: Vec<Write>,
}

/// While an identity owned a login, at the longest.
struct Span {
    owner: IdentityId,
    from: u64,
    until: Option<u64>,
}

/// What a commit made of the identities that it touched.
#[derive(Default)]
pub(super) struct Change {
    pub(super) before: Vec<Identity>,
    pub(super) after: Vec<Identity>,
}

impl Ledger {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, state: Mutex::default(), ticks: AtomicU64::new(1), removals: tokio::sync::Mutex::new(()) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    pub(super) fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    pub(super) fn count(&self, what: &'static str) {
        self.state().count(what);
    }

    pub(super) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.state().counts.clone()
    }

    pub(super) fn broken(&self) -> Vec<String> {
        self.state().broken.clone()
    }

    pub(super) fn breaks(&self, what: String) {
        self.state().broken.push(what);
    }

    /// Whether the operation changed something.
    pub(super) fn has_acted(&self, operation: &Operation) -> bool {
        self.state().acted.contains(&operation.number)
    }

    /// Whether the identity was disabled before this time.
    pub(super) fn was_disabled(&self, guid: [u8; 16], before: u64) -> bool {
        self.state().disabled.get(guid.as_slice()).is_some_and(|at| *at < before)
    }

    /// A commit is sent.
    pub(super) fn issue(&self, operation: Option<Arc<Operation>>, writes: Vec<Write>) -> u64 {
        let number = self.tick();
        self.state().issued.insert(number, Issued { at: number, operation, writes });
        number
    }

    /// The store says that it happened.
    pub(super) fn committed(&self, number: u64) {
        let now = self.tick();
        let mut state = self.state();
        if let Some(issued) = state.issued.remove(&number) {
            state.apply(&self.pool, issued, now);
        }
    }

    /// The store says that nothing happened.
    pub(super) fn refused(&self, number: u64) {
        let mut state = self.state();
        state.count("conflicts");
        if state.issued.remove(&number).is_none() {
            state.broken.push(format!("commit {number} happened, though the store called it a conflict"));
        }
    }

    /// The store holds this version at the end, or nothing.
    pub(super) fn settle(&self, table: Table, key: &[u8], held: Option<Version>) {
        let now = self.tick();
        let expect = held.map_or(Expect::Absent, Expect::Version);
        let mut state = self.state();
        if !state.meets(&self.pool, (table, key), expect, now) {
            let text = format!("the row {key:02x?} of `{}` is {held:?}, which no commit left there", table.name());
            state.broken.push(text);
        }
    }

    /// The rows that the commits come to.
    pub(super) fn places(&self) -> Vec<Place> {
        self.state().rows.keys().cloned().collect()
    }
}

impl State {
    pub(super) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(super) fn breaks(&mut self, what: String) {
        self.broken.push(what);
    }

    /// Whether the identity may have owned the login at some time in between.
    pub(super) fn owned(&self, identity: &IdentityId, login: &Login, (from, until): (u64, u64)) -> bool {
        let spans = self.spans.get(login).map(Vec::as_slice).unwrap_or_default();
        spans
            .iter()
            .any(|span| span.owner == *identity && span.from <= until && span.until.is_none_or(|ended| ended >= from))
    }

    /// Whether a row is as a write found it, once every commit that must have happened before it has.
    fn meets(&mut self, pool: &Pool, (table, key): (Table, &[u8]), expect: Expect, now: u64) -> bool {
        let place = (table, key.to_vec());
        let wanted = match expect {
            Expect::Absent => None,
            Expect::Version(version) => Some(version),
        };
        for _ in 0..self.issued.len() {
            if self.rows.get(&place).copied() == wanted {
                return true;
            }
            let brings = |issued: &Issued| {
                let mut writes = issued.writes.iter();
                writes.any(|write| {
                    (write.table, write.key.as_slice()) == (table, key)
                        && write.row.as_ref().map(|row| row.version) == wanted
                })
            };
            let Some(number) = self.issued.iter().find(|(_, issued)| brings(issued)).map(|(number, _)| *number) else {
                return false;
            };
            if let Some(issued) = self.issued.remove(&number) {
                self.apply(pool, issued, now);
            }
        }
        self.rows.get(&place).copied() == wanted
    }

    /// A commit happened.
    fn apply(&mut self, pool: &Pool, issued: Issued, now: u64) {
        let what = issued.operation.as_ref().map_or("nobody".into(), |it| format!("{} {:?}", it.number, it.kind));
        for write in &issued.writes {
            if !self.meets(pool, (write.table, &write.key), write.expect, now) {
                self.broken.push(format!("{what}: a row of `{}` was not what it had read", write.table.name()));
            }
        }
        let mut change = Change::default();
        for write in &issued.writes {
            self.write(write, &mut change, &what);
        }
        if let Some(operation) = &issued.operation {
            if !self.acted.insert(operation.number) {
                self.broken.push(format!("{what}: it acted twice"));
            }
            judge::commit(self, pool, &operation.kind, &change, &what);
        }
        self.follow(pool, &change, (issued.at, now), &what);
    }

    fn write(&mut self, write: &Write, change: &mut Change, what: &str) {
        let place = (write.table, write.key.clone());
        match &write.row {
            Some(row) => drop(self.rows.insert(place, row.version)),
            None => drop(self.rows.remove(&place)),
        }
        match (write.table, &write.row) {
            (Table::Identity, row) => {
                change.before.extend(self.identities.remove(&write.key));
                let Some(row) = row else {
                    self.deleted.insert(write.key.clone());
                    return;
                };
                if self.deleted.contains(&write.key) {
                    self.broken.push(format!("{what}: a deleted identity is back"));
                }
                match decode::<Identity>("identity", &row.value) {
                    Ok(identity) => {
                        change.after.push(identity.clone());
                        self.identities.insert(write.key.clone(), identity);
                    }
                    Err(error) => self.broken.push(format!("{what}: {error}")),
                }
            }
            (Table::Login, Some(row)) => drop(self.owners.insert(write.key.clone(), row.value.clone())),
            (Table::Login, None) => drop(self.owners.remove(&write.key)),
            _ => {}
        }
    }

    /// Who owns which login from now on, and that the logins' own rows say the same.
    fn follow(&mut self, pool: &Pool, change: &Change, (at, now): (u64, u64), what: &str) {
        for old in &change.before {
            for login in &old.logins {
                let is_kept = change.after.iter().any(|new| new.id == old.id && new.logins.contains(login));
                let open = self.spans.get_mut(login).into_iter().flatten().find(|span| span.until.is_none());
                match open {
                    Some(span) if !is_kept => span.until = Some(now),
                    Some(_) => {}
                    None => self.broken.push(format!("{what}: it had a login that nobody gave it")),
                }
                let is_held = change.after.iter().any(|new| new.logins.contains(login));
                if !is_held && self.owners.contains_key(&store::identities::login_key(&pool.id, login)) {
                    self.broken.push(format!("{what}: the row of {login:?} outlived it"));
                }
            }
        }
        for new in &change.after {
            for login in &new.logins {
                let owner = self.owners.get(&store::identities::login_key(&pool.id, login));
                if owner.map(Vec::as_slice) != Some(new.id.guid().as_slice()) {
                    self.broken.push(format!("{what}: the row of {login:?} names another than {}", new.id));
                }
                let spans = self.spans.entry(login.clone()).or_default();
                match spans.iter().find(|span| span.until.is_none()) {
                    Some(span) if span.owner == new.id => {}
                    Some(span) => self.broken.push(format!("{what}: {login:?} is on {} too", span.owner)),
                    None => spans.push(Span { owner: new.id.clone(), from: at, until: None }),
                }
            }
            if new.disabled {
                self.disabled.entry(new.id.guid().to_vec()).or_insert(now);
            }
        }
    }
}
