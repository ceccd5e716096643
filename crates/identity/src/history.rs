//! A checked history: many clients sign the same people in, link, unlink, merge and delete them at random over one
//! store, while commits fail and answers get lost. Every commit is judged as it happens, every answer against the
//! commits, and what the store holds at the end against both.
//!
//! It stands on the operations' own functions and on a real store; only the tokens are left out, since a login that is
//! given here counts as proven. Both stores run it in their tests.

mod chance;
mod client;
mod faults;
mod judge;
mod ledger;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use operation::Host;
use operation::issuer::Issuer;
use operation::keyring::{Keyring, MasterKey};
use operation::limits::{Limits, Rates};
use operation::policies::Compiled;
use operation::quotas::Quotas;
use store::records::pools::Pool;
use store::{Configuration, Identities, LastUsed, Rows};
use tokio::task::JoinSet;
use vocab::{AccountId, Clock, PoolId, Random, Region, SystemClock, SystemRandom};

use chance::Chance;
use client::{Board, Client};
use faults::Faulty;
use ledger::Ledger;

/// How long a history is.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Clients at the same time.
    pub clients: u64,
    /// Operations of all clients together.
    pub operations: u64,
    /// What is drawn follows from it, except who is first.
    pub seed: u64,
}

impl Settings {
    /// 64 clients. `DAYPASS_HISTORY_OPERATIONS` says how many operations, `DAYPASS_HISTORY_SEED` repeats a seed.
    pub fn of_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        let drawn = || u64::from_be_bytes((&SystemRandom as &dyn Random).bytes());
        Self {
            clients: 64,
            operations: number("DAYPASS_HISTORY_OPERATIONS").unwrap_or(ENOUGH),
            seed: number("DAYPASS_HISTORY_SEED").unwrap_or_else(drawn),
        }
    }
}

/// What happened, by kind.
#[derive(Debug, Clone, Default)]
pub struct Report {
    counts: BTreeMap<&'static str, u64>,
}

/// What must never happen did; or the history was too tame to show anything.
#[derive(Debug, thiserror::Error)]
#[error("{} things are wrong, the first of them:\n{}", .0.len(), .0.iter().take(10).cloned().collect::<Vec<_>>().join("\n"))]
pub struct Broken(Vec<String>);

/// It could not be run at all.
fn unable(error: impl fmt::Display) -> Broken {
    Broken(vec![format!("it could not be run: {error}")])
}

/// Runs a history over a store that holds no identities yet.
pub async fn run(rows: Arc<dyn Rows>, settings: Settings) -> Result<Report, Broken> {
    let shared = Shared::open(rows.clone()).await?;
    let ledger = Arc::new(Ledger::new(shared.pool.clone()));
    let board = Arc::new(Board::default());
    let mut clients = JoinSet::new();
    for number in 0..settings.clients {
        let chance = Arc::new(Chance::new(settings.seed, number));
        let faulty = Arc::new(Faulty::new(rows.clone(), ledger.clone(), chance.clone()));
        let host = shared.host(faulty.clone());
        let pool = shared.pool.clone();
        let client = Client { host, pool, faulty, chance, ledger: ledger.clone(), board: board.clone() };
        let share = settings.operations / settings.clients.max(1);
        clients.spawn(async move { client.run(share).await });
    }
    while let Some(ended) = clients.join_next().await {
        ended.map_err(unable)?;
    }
    judge::compare(&rows, &ledger).await.map_err(unable)?;
    judge::answers(&ledger);
    let report = Report { counts: ledger.counts() };
    let mut broken = ledger.broken();
    if settings.operations >= ENOUGH {
        let tame = MUST_HAPPEN.iter().filter(|kind| report.count(kind) == 0);
        broken.extend(tame.map(|kind| format!("`{kind}` never happened: the history shows nothing of it")));
    }
    if broken.is_empty() { Ok(report) } else { Err(Broken(broken)) }
}

impl Report {
    /// How often this happened.
    pub fn count(&self, kind: &str) -> u64 {
        self.counts.get(kind).copied().unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        f.write_str(&counts.join(", "))
    }
}

/// What all clients' hosts share.
struct Shared {
    configuration: Arc<Configuration>,
    keyring: Arc<Keyring>,
    master: Arc<MasterKey>,
    issuer: Arc<Issuer>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    region: Region,
    pool: Pool,
}

impl Shared {
    async fn open(rows: Arc<dyn Rows>) -> Result<Self, Broken> {
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let region: Region = "us-east-1".parse().map_err(unable)?;
        let configuration = Arc::new(Configuration::open(rows, random.clone()).await.map_err(unable)?);
        let master = Arc::new(MasterKey::new(&[7; 32], random.clone()).map_err(unable)?);
        let keyring = Keyring::open_in(configuration.clone(), master.clone(), clock.clone(), random.clone())
            .await
            .map_err(unable)?;
        let issuer = Issuer::open_in(configuration.clone(), master.clone(), clock.clone(), region.clone())
            .await
            .map_err(unable)?;
        let pool = pool(PoolId::draw(&region, &*random), &*clock);
        let mut batch = configuration.batch();
        batch.insert(&pool).map_err(unable)?;
        configuration.commit(batch).await.map_err(unable)?;
        Ok(Self { configuration, keyring: keyring.into(), master, issuer: issuer.into(), clock, random, region, pool })
    }

    /// A client's host: its identities are reached through its own faulty rows.
    fn host(&self, rows: Arc<Faulty>) -> Arc<Host> {
        Arc::new(Host {
            identities: Identities::new(rows.clone(), self.random.clone()),
            last_used: LastUsed::new(rows.clone(), self.random.clone()),
            rows,
            configuration: self.configuration.clone(),
            keyring: self.keyring.clone(),
            master: self.master.clone(),
            issuer: self.issuer.clone(),
            policies: Compiled::new(1),
            limits: Limits::new(Rates::UNLIMITED),
            quotas: Quotas::generous(),
            organization: Arc::default(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            region: self.region.clone(),
            accounts: vec![AccountId::ZERO],
        })
    }
}

fn pool(id: PoolId, clock: &dyn Clock) -> Pool {
    Pool {
        id,
        account: AccountId::ZERO,
        name: "history".into(),
        allows_guests: true,
        allows_classic_flow: None,
        supported_login_providers: BTreeMap::new(),
        developer_provider: Some(client::DEVELOPER.into()),
        open_id_connect_providers: Vec::new(),
        user_pools: Vec::new(),
        saml_providers: Vec::new(),
        tags: BTreeMap::new(),
        roles: BTreeMap::new(),
        role_mappings: BTreeMap::new(),
        principal_tags: BTreeMap::new(),
        deleted: false,
        created: clock.now(),
        modified: clock.now(),
    }
}

/// A history of so many operations meets everything in [`MUST_HAPPEN`].
const ENOUGH: u64 = 10_000;

/// Without these, a history that finds nothing wrong says nothing.
const MUST_HAPPEN: [&str; 14] = [
    "guests made",
    "identities made",
    "guests upgraded",
    "logins linked",
    "identities disabled",
    "logins unlinked",
    "identities deleted",
    "second logins of a provider refused",
    "more than twenty logins refused",
    "disabled identities refused",
    "commits failed",
    "answers lost",
    "commits repeated",
    "conflicts",
];

#[cfg(test)]
mod tests {
    use store::memory::Memory;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_login_is_lost_and_nobody_disabled_comes_back() {
        let settings = Settings::of_environment();
        println!("seed {}", settings.seed);
        let report = run(Arc::new(Memory::new()), settings).await.unwrap_or_else(|broken| panic!("{broken}"));
        println!("{report}");
    }
}
