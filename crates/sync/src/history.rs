//! A checked history: many devices write one dataset at random over one store, with what they have seen of it, while it
//! is deleted, and its identity merged and deleted, and while commits fail and answers get lost. Every commit is kept as
//! it happened; at the end they are put in their order and judged:
//!
//! * each change raises the count by exactly one, and stores what its device sent, all of it;
//! * a record is changed only by who has seen it as it was: no update is lost;
//! * a device is told what happened: no answer without its commit, no refusal with one;
//! * what was read together was there together at some time;
//! * the store holds one state in the end, and nothing else.
//!
//! It stands on the operations' own functions and on a real store. Both stores run it in their tests.

mod device;
mod faulty;
mod judge;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use store::datasets::{Put, Record, Shelf};
use store::identities::{Identity, Step};
use store::{Identities, Outcome, Rows, Version};
use tokio::task::JoinSet;
use vocab::{IdentityId, PoolId, Random, Region, SystemRandom, Timestamp};

use device::Device;
use faulty::Faulty;

/// How long a history is.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Devices at the same time.
    pub devices: u64,
    /// What all of them do together.
    pub operations: u64,
    /// What is drawn follows from it, except who is first.
    pub seed: u64,
}

impl Settings {
    /// 32 devices. `DAYPASS_HISTORY_OPERATIONS` says how many operations, `DAYPASS_HISTORY_SEED` repeats a seed.
    pub fn of_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let drawn = || u64::from_be_bytes((&SystemRandom as &dyn Random).bytes());
        Self {
            devices: 32,
            operations: number("DAYPASS_HISTORY_OPERATIONS").unwrap_or(ENOUGH),
            seed: number("DAYPASS_HISTORY_SEED").unwrap_or_else(drawn),
        }
    }
}

/// What happened, by kind.
#[derive(Debug, Clone, Default)]
pub struct Report(BTreeMap<&'static str, u64>);

/// What must never happen did; or the history was too tame to show anything.
#[derive(Debug, thiserror::Error)]
#[error("{} things are wrong, the first of them:\n{}", .0.len(), .0.iter().take(10).cloned().collect::<Vec<_>>().join("\n"))]
pub struct Broken(Vec<String>);

/// It could not be run at all.
fn unable(error: impl fmt::Display) -> Broken {
    Broken(vec![format!("it could not be run: {error}")])
}

/// Runs a history over a store.
pub async fn run(rows: Arc<dyn Rows>, settings: Settings) -> Result<Report, Broken> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let region: Region = "us-east-1".parse().map_err(unable)?;
    let pool = PoolId::draw(&region, &*random);
    let first = new_identity(&rows, &random, &pool).await.map_err(unable)?;
    let world = Arc::new(World::new(pool, first));
    let mut devices = JoinSet::new();
    for number in 0..settings.devices {
        let faulty = Faulty::new(rows.clone(), world.clone(), settings.seed ^ (number << 32));
        let device = Device::new(number, faulty, world.clone(), random.clone());
        let share = settings.operations / settings.devices.max(1);
        devices.spawn(async move { device.run(share).await });
    }
    while let Some(ended) = devices.join_next().await {
        ended.map_err(unable)?;
    }
    judge::judge(&rows, &random, &world).await.map_err(unable)?;
    let log = world.log();
    let mut broken = log.broken.clone();
    if settings.operations >= ENOUGH {
        let tame = MUST_HAPPEN.iter().filter(|kind| !log.counts.contains_key(*kind));
        broken.extend(tame.map(|kind| format!("`{kind}` never happened: the history shows nothing of it")));
    }
    if broken.is_empty() { Ok(Report(log.counts.clone())) } else { Err(Broken(broken)) }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.0.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        f.write_str(&counts.join(", "))
    }
}

/// What all devices share.
struct World {
    pool: PoolId,
    /// Whose dataset it is now, as far as anybody has heard, and its name.
    place: Mutex<(IdentityId, String)>,
    log: Mutex<Log>,
}

/// What happened.
#[derive(Default)]
struct Log {
    commits: Vec<Commit>,
    answers: Vec<Answer>,
    readings: Vec<Reading>,
    counts: BTreeMap<&'static str, u64>,
    broken: Vec<String>,
}

/// A commit that changed shelves, as the store made it.
struct Commit {
    /// Of which operation.
    operation: Operation,
    /// The shelves that it changed.
    shelves: Vec<Changed>,
}

/// A shelf's key, its version before, and its version and content after.
type Changed = (Vec<u8>, Option<Version>, Option<(Version, Shelf)>);

/// What a device was doing.
#[derive(Debug, Clone)]
enum Operation {
    /// Changing records, each with the count that it has seen.
    Update {
        number: u64,
        puts: Vec<(Put, u64)>,
    },
    Delete {
        number: u64,
    },
    Merge {
        number: u64,
    },
    End {
        number: u64,
    },
}

/// What a device was told.
struct Answer {
    number: u64,
    /// The count after its change; `None`: it was refused.
    made: Option<u64>,
}

/// What a device read.
struct Reading {
    dataset: u128,
    sync_count: u64,
    records: Vec<Record>,
}

impl Operation {
    fn number(&self) -> u64 {
        match self {
            Self::Update { number, .. } | Self::Delete { number } | Self::Merge { number } | Self::End { number } => {
                *number
            }
        }
    }
}

impl World {
    fn new(pool: PoolId, first: IdentityId) -> Self {
        Self { pool, place: Mutex::new((first, NAME.into())), log: Mutex::default() }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> (IdentityId, String) {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The dataset moved from one identity to another.
    fn move_on(&self, from: &IdentityId, to: IdentityId, name: String) {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        if place.0 == *from {
            *place = (to, name);
        }
    }

    fn count(&self, what: &'static str) {
        *self.log().counts.entry(what).or_default() += 1;
    }

    fn breaks(&self, what: String) {
        self.log().broken.push(what);
    }
}

/// A new identity without anything.
async fn new_identity(
    rows: &Arc<dyn Rows>,
    random: &Arc<dyn Random>,
    pool: &PoolId,
) -> Result<IdentityId, store::Error> {
    let now = Timestamp::from_millis(1_700_000_000_000);
    let new = Identity {
        id: IdentityId::draw(pool.region(), &**random),
        pool: pool.clone(),
        disabled: false,
        logins: Vec::new(),
        had_logins: false,
        created: now,
        modified: now,
    };
    match Identities::new(rows.clone(), random.clone()).commit(&[Step::Create(&new)]).await? {
        Outcome::Committed => Ok(new.id),
        Outcome::Conflict(_) => Err(store::Error::Refused("a drawn identity exists")),
    }
}

const NAME: &str = "shared";

/// A history of so many operations meets everything in [`MUST_HAPPEN`].
const ENOUGH: u64 = 8000;

/// Without these, a history that finds nothing wrong says nothing.
const MUST_HAPPEN: [&str; 12] = [
    "changes made",
    "conflicts of counts refused",
    "changes that said what was stored",
    "datasets deleted",
    "deletions in conflict refused",
    "identities merged",
    "identities deleted",
    "disabled or deleted identities refused",
    "readings compared",
    "commits failed",
    "answers lost",
    "commits repeated",
];

#[cfg(test)]
mod tests {
    use store::memory::Memory;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_update_is_lost() {
        let settings = Settings::of_environment();
        println!("seed {}", settings.seed);
        let report = run(Arc::new(Memory::new()), settings).await.unwrap_or_else(|broken| panic!("{broken}"));
        println!("{report}");
    }
}
