//! The keys of issuers, kept: read again in the background, at once where a token names a key that is not
//! among them, and used on for a while where the issuer cannot be asked.
//!
//! Per issuer there is one fetch at a time, in a task of its own: a caller who gives up neither ends it nor
//! lets another begin.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use quick_cache::sync::Cache;
use tokio::sync::watch;
use vocab::{Clock, Timestamp};

use crate::client::Client;
use crate::error::Error;
use crate::keys::KeySet;
use crate::provider::Provider;
use crate::published::{self, Published};
use crate::settings::Settings;

/// The issuers whose keys are known, bounded in number.
pub(crate) struct Issuers {
    slots: Cache<[u8; 32], Arc<Slot>>,
    source: Arc<Source>,
}

/// What a fetch needs, shared with its task.
struct Source {
    client: Arc<Client>,
    settings: Arc<Settings>,
    clock: Arc<dyn Clock>,
}

impl Issuers {
    pub(crate) fn new(client: Arc<Client>, settings: Arc<Settings>, clock: Arc<dyn Clock>) -> Self {
        let slots = Cache::new(settings.max_issuers);
        Self { slots, source: Arc::new(Source { client, settings, clock }) }
    }

    /// The keys where they are known and recent: no waiting, no side effect.
    pub(crate) fn at_hand(&self, provider: &Provider) -> Option<Arc<KeySet>> {
        let slot = self.slots.get(provider.fingerprint())?;
        let state = slot.lock();
        let known = state.known.as_ref()?;
        (known.age(&self.source) < self.source.settings.refresh).then(|| Arc::clone(&known.keys))
    }

    /// The keys, fetched first where they are unknown or old.
    pub(crate) async fn keys(&self, provider: &Provider) -> Result<Arc<KeySet>, Error> {
        let slot = self.slot(provider);
        match slot.next(&self.source, provider, true) {
            Next::Use(keys) => return Ok(keys),
            Next::Fail(error) => return Err(error),
            Next::Wait(end) => wait(end).await,
        }
        match slot.next(&self.source, provider, false) {
            Next::Use(keys) => Ok(keys),
            Next::Fail(error) => Err(error),
            Next::Wait(_) => Err(Error::Unreachable(crate::Reason::Timeout)),
        }
    }

    /// The keys after `known` did not have the wanted one: read again unless that happened just now.
    /// `None` where there are no others; an error where the issuer could not be asked.
    pub(crate) async fn newer(&self, provider: &Provider, known: &KeySet) -> Result<Option<Arc<KeySet>>, Error> {
        let slot = self.slot(provider);
        let other = |slot: &Slot| {
            let state = slot.lock();
            state
                .known
                .as_ref()
                .filter(|other| other.keys.generation() != known.generation())
                .map(|other| Arc::clone(&other.keys))
        };
        if let Some(keys) = other(&slot) {
            return Ok(Some(keys));
        }
        let running = slot.running_or_start(&self.source, provider);
        if let Some(end) = running {
            wait(end).await;
        }
        match other(&slot) {
            Some(keys) => Ok(Some(keys)),
            None => slot.lock().failure.clone().map_or(Ok(None), Err),
        }
    }

    fn slot(&self, provider: &Provider) -> Arc<Slot> {
        let made =
            self.slots.get_or_insert_with(provider.fingerprint(), || Ok::<_, std::convert::Infallible>(Arc::default()));
        match made {
            Ok(slot) => slot,
        }
    }
}

/// One issuer.
#[derive(Default)]
struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// When the last fetch began.
    attempt: Option<Timestamp>,
    /// Why the last fetch that ended brought nothing.
    failure: Option<Error>,
    /// Closed when the fetch that runs has ended.
    running: Option<watch::Receiver<()>>,
}

struct Known {
    keys: Arc<KeySet>,
    digest: [u8; 32],
    at: Timestamp,
}

enum Next {
    Use(Arc<KeySet>),
    Wait(watch::Receiver<()>),
    Fail(Error),
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a caller does now. `may_wait` is not given twice, so that nobody waits for longer than one fetch.
    fn next(self: &Arc<Self>, source: &Arc<Source>, provider: &Provider, may_wait: bool) -> Next {
        let now = source.clock.now();
        let settings = &source.settings;
        let mut state = self.lock();
        let usable = state.known.as_ref().map(|known| (Arc::clone(&known.keys), known.age(source)));
        let Some((keys, age)) = usable.filter(|(_, age)| *age < settings.stale) else {
            // Nothing to fall back on, so the pause after a failure is short.
            let running = if may_wait { self.start(&mut state, source, provider, now, settings.retry) } else { None };
            return match (running, &state.failure) {
                (Some(end), _) => Next::Wait(end),
                (None, Some(error)) => Next::Fail(error.clone()),
                (None, None) => Next::Fail(Error::Unreachable(crate::Reason::Connection)),
            };
        };
        if age < settings.refresh {
            return Next::Use(keys);
        }
        // After a long silence one fetch is waited for, so that a key that was withdrawn meanwhile is not
        // accepted; while the issuer is down nobody waits.
        let is_late = age >= settings.refresh.saturating_mul(2) && state.failure.is_none();
        match self.start(&mut state, source, provider, now, settings.reread) {
            Some(end) if is_late && may_wait => Next::Wait(end),
            _ => Next::Use(keys),
        }
    }

    fn running_or_start(self: &Arc<Self>, source: &Arc<Source>, provider: &Provider) -> Option<watch::Receiver<()>> {
        let now = source.clock.now();
        self.start(&mut self.lock(), source, provider, now, source.settings.reread)
    }

    /// The fetch that runs; else one that starts now, unless the last one began less than `pause` ago.
    fn start(
        self: &Arc<Self>,
        state: &mut State,
        source: &Arc<Source>,
        provider: &Provider,
        now: Timestamp,
        pause: Duration,
    ) -> Option<watch::Receiver<()>> {
        // A receiver whose sender is gone belongs to a fetch that has ended.
        if let Some(running) = state.running.as_ref().filter(|running| running.has_changed().is_ok()) {
            return Some(running.clone());
        }
        let is_too_soon = state.attempt.and_then(|began| since(now, began)).is_some_and(|passed| passed < pause);
        if is_too_soon {
            return None;
        }
        let (end, running) = watch::channel(());
        state.attempt = Some(now);
        state.running = Some(running.clone());
        let (slot, source, provider) = (Arc::clone(self), Arc::clone(source), provider.clone());
        tokio::spawn(async move {
            let outcome = published::fetch(&source.client, &source.settings, &provider).await;
            slot.lock().take(outcome.map_err(Error::fetching), source.clock.now());
            drop(end);
        });
        Some(running)
    }
}

impl State {
    fn take(&mut self, outcome: Result<Published, Error>, now: Timestamp) {
        self.running = None;
        match outcome {
            Err(error) => self.failure = Some(error),
            Ok(published) => {
                self.failure = None;
                match &mut self.known {
                    // The same document stays the same generation: what was verified under it is still true.
                    Some(known) if known.digest == published.digest => known.at = now,
                    known => {
                        let Published { keys, digest } = published;
                        *known = Some(Known { keys: Arc::new(keys), digest, at: now });
                    }
                }
            }
        }
    }
}

impl Known {
    /// How old the keys are. Where the clock was set back nobody knows: due to be read again.
    fn age(&self, source: &Source) -> Duration {
        since(source.clock.now(), self.at).unwrap_or(source.settings.refresh)
    }
}

fn since(now: Timestamp, then: Timestamp) -> Option<Duration> {
    u64::try_from(now.millis().saturating_sub(then.millis())).ok().map(Duration::from_millis)
}

async fn wait(mut end: watch::Receiver<()>) {
    // Nothing is ever sent: the error is the news.
    while end.changed().await.is_ok() {}
}
