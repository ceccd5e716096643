//! A server for tests: the whole pipeline on a memory store, with a clock that is set and chance that
//! repeats. It listens on loopback, since what is tested is what travels.

mod client;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use operation::issuer::Issuer;
use operation::keyring::{Keyring, MasterKey};
use operation::limits::{Limits, Rates};
use operation::policies::Compiled;
use operation::quotas::Quotas;
use operation::{Host, Organization, Service};
use store::memory::Memory;
use store::records::keys::Sealed;
use store::records::principals::AccessKey;
use store::{Configuration, Identities, LastUsed, Record, Rows};
use vocab::{AccessKeyId, AccountId, Clock, Random, Region, Secret, Timestamp};

use crate::settings::{AuditSettings, AuditSink};
use crate::{Listening, Parts, Server, Settings};

pub use client::{Answer, Keys};

/// A running server.
pub struct TestServer {
    /// What its calls share: stores, keys, clock.
    pub host: Arc<Host>,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// The root key of its account.
    pub root: Keys,
    listening: Listening,
}

/// A clock that stands still until it is moved.
pub struct SetClock(AtomicI64);

/// Chance that is the same in every run.
pub struct Repeating(AtomicU64);

/// Makes the services of a test.
pub type MakeServices = fn(&Arc<Host>) -> Vec<Service>;

impl TestServer {
    /// Starts a server with these services.
    pub async fn start(services: MakeServices) -> Self {
        Self::start_with(services, |_| ()).await
    }

    /// Starts a server with these services and changed settings.
    pub async fn start_with(services: MakeServices, change: impl FnOnce(&mut Settings)) -> Self {
        Self::start_on(services, change).await
    }

    /// The same, where the services need something of the test.
    pub async fn start_on(
        services: impl FnOnce(&Arc<Host>) -> Vec<Service>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        Self::start_limited(services, change, Rates::UNLIMITED).await
    }

    /// The same, where strangers are limited.
    pub async fn start_limited(
        services: impl FnOnce(&Arc<Host>) -> Vec<Service>,
        change: impl FnOnce(&mut Settings),
        rates: Rates,
    ) -> Self {
        Self::start_whole(memory(), services, change, rates, Organization::default(), REGION).await
    }

    /// A server with these services in another region.
    pub async fn start_in(region: &str, services: MakeServices) -> Self {
        Self::start_whole(memory(), services, |_| (), Rates::UNLIMITED, Organization::default(), region).await
    }

    /// A server with these services, whose accounts an organisation caps.
    pub async fn start_governed(services: impl FnOnce(&Arc<Host>) -> Vec<Service>, organization: Organization) -> Self {
        Self::start_whole(memory(), services, |_| (), Rates::UNLIMITED, organization, REGION).await
    }

    /// A server with these services, which keeps its rows there.
    pub async fn start_over(rows: Arc<dyn Rows>, services: impl FnOnce(&Arc<Host>) -> Vec<Service>) -> Self {
        Self::start_whole(rows, services, |_| (), Rates::UNLIMITED, Organization::default(), REGION).await
    }

    async fn start_whole(
        rows: Arc<dyn Rows>,
        services: impl FnOnce(&Arc<Host>) -> Vec<Service>,
        change: impl FnOnce(&mut Settings),
        rates: Rates,
        organization: Organization,
        region: &str,
    ) -> Self {
        let clock = Arc::new(SetClock(AtomicI64::new(NOON)));
        let random: Arc<dyn Random> = Arc::new(Repeating(AtomicU64::new(1)));
        let host = host(rows, clock.clone(), random, rates, organization, region).await;
        let root = root(&host, AccountId::ZERO).await;
        Self::listen(host, clock, root, services, change).await
    }

    /// Another server on the same store and clock.
    pub async fn start_beside(&self, services: impl FnOnce(&Arc<Host>) -> Vec<Service>) -> Self {
        let random: Arc<dyn Random> = Arc::new(Repeating(AtomicU64::new(2)));
        let (rows, clock) = (self.host.rows.clone(), self.clock.clone());
        let host = host(rows, clock.clone(), random, Rates::UNLIMITED, Organization::default(), REGION).await;
        Self::listen(host, clock, self.root.clone(), services, |_| ()).await
    }

    async fn listen(
        host: Arc<Host>,
        clock: Arc<SetClock>,
        root: Keys,
        services: impl FnOnce(&Arc<Host>) -> Vec<Service>,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let mut settings = Settings::listening_on(([127, 0, 0, 1], 0).into());
        settings.audit = AuditSettings { sink: AuditSink::Discard, refuses_when_failing: false };
        change(&mut settings);
        let services = services(&host);
        let parts = Parts { settings, host: host.clone(), services, sites: Vec::new() };
        let server = Server::new(parts).expect("the server is put together");
        let listening = server.listen().expect("the server listens");
        Self { host, clock, root, listening }
    }

    /// Where it is reached: `127.0.0.1:PORT`.
    pub fn authority(&self) -> String {
        self.listening.address.to_string()
    }

    /// Reads the certificate again, as housekeeping does every few seconds.
    pub fn reload_certificate(&self) {
        self.listening.reload_certificate();
    }

    /// The root key of the other account that it serves.
    pub async fn other_root(&self) -> Keys {
        root(&self.host, other()).await
    }

    /// Stops it.
    pub async fn stop(self) {
        self.listening.stop().await;
    }
}

fn memory() -> Arc<dyn Rows> {
    Arc::new(Memory::new())
}

async fn host(
    rows: Arc<dyn Rows>,
    clock: Arc<SetClock>,
    random: Arc<dyn Random>,
    rates: Rates,
    organization: Organization,
    region: &str,
) -> Arc<Host> {
    let clock: Arc<dyn Clock> = clock;
    let configuration =
        Arc::new(Configuration::open(rows.clone(), random.clone()).await.expect("a memory store opens"));
    let master = Arc::new(MasterKey::new(&[7; 32], random.clone()).expect("32 bytes are a key"));
    let keyring = Keyring::open_in(configuration.clone(), master.clone(), clock.clone(), random.clone()).await;
    let region: Region = region.parse().expect("a region");
    let issuer = Issuer::open_in(configuration.clone(), master.clone(), clock.clone(), region.clone()).await;
    Arc::new(Host {
        identities: Identities::new(rows.clone(), random.clone()),
        last_used: LastUsed::new(rows.clone(), random.clone()),
        rows,
        configuration,
        keyring: Arc::new(keyring.expect("a keyring is made")),
        master,
        issuer: Arc::new(issuer.expect("an issuer key is made")),
        policies: Compiled::new(1000),
        organization: Arc::new(organization),
        limits: Limits::new(rates),
        quotas: Quotas::generous(),
        clock,
        random,
        region,
        accounts: vec![AccountId::ZERO, other()],
    })
}

/// The second account that every test server serves.
fn other() -> AccountId {
    "777777777777".parse().expect("an account id")
}

async fn root(host: &Host, account: AccountId) -> Keys {
    let id = AccessKeyId::long_term(account, &*host.random);
    let secret = Secret::new("root-secret-of-the-tests");
    let sealed: Sealed = host.master.seal(&format!("{}/{id}", AccessKey::KIND), &secret).expect("a secret is sealed");
    let key = AccessKey { id: id.clone(), account, user: None, active: true, secret: sealed, created: host.now() };
    let mut batch = host.configuration.batch();
    batch.insert(&key).expect("a key is a record");
    host.configuration.commit(batch).await.expect("a memory store commits");
    Keys { id: id.to_string(), secret, token: None }
}

impl SetClock {
    /// Moves the clock ahead.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl Random for Repeating {
    /// SplitMix64: plain, and no two calls alike.
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let mut state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            let word = (state ^ state >> 31).to_le_bytes();
            chunk.copy_from_slice(word.get(..chunk.len()).unwrap_or_default());
        }
    }
}

const REGION: &str = "us-east-1";

/// 2026-01-02, noon.
const NOON: i64 = 1_767_355_200_000;
