//! Delivery: what waits in the outbox goes to web hooks and files, at least once, that of a dataset in order.
//!
//! What cannot be delivered is tried again after a pause that doubles up to a minute, and holds up nothing but its own
//! dataset. What was tried for too long goes to the dead letters.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use operation::Host;
use store::outbox::{Entry, Kind, Waiting};
use store::records::pools::Pool;
use store::records::syncing::PoolSync;
use store::{Outcome, Stored};
use tokio::time::{Instant, timeout};
use vocab::Secret;

use super::files::Files;
use super::hook::{self, Undelivered};
use super::shapes::{PostedDevice, filed, posted};
use super::{Telling, publish};
use crate::settings::{Hook, Sink};
use crate::{Error, service_roles};

/// How it goes on with the datasets whose deliveries failed.
#[derive(Default)]
struct Paused(HashMap<Vec<u8>, (u32, Instant)>);

/// Delivers, as long as it is polled.
pub(super) async fn run(telling: &Telling) {
    let mut paused = Paused::default();
    let mut files = Files::of(&telling.settings, &telling.host);
    let mut share = BTreeSet::new();
    let mut shared: Option<Instant> = None;
    loop {
        if shared.is_none_or(|shared| shared.elapsed() >= SHARED) {
            match telling.nodes.share().await {
                Ok(own) => (share, shared) = (own, Some(Instant::now())),
                Err(error) => tracing::warn!(%error, "partitions of the outbox are not shared yet"),
            }
        }
        let went_on = round(telling, &share, &mut paused, &mut files).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox is not delivered yet");
            false
        });
        if went_on {
            continue;
        }
        let pause = paused.next().unwrap_or(IDLE).min(if telling.nodes.is_alone() { IDLE } else { POLL });
        // News wake the process that wrote them; others look now and then.
        let _ = timeout(pause, telling.news.notified()).await;
    }
}

/// Delivers what there is. Whether there is more to do at once.
async fn round(
    telling: &Telling,
    share: &BTreeSet<u8>,
    paused: &mut Paused,
    files: &mut Option<Files>,
) -> Result<bool, Error> {
    if !telling.nodes.is_member() || share.is_empty() {
        return Ok(false);
    }
    paused.forget();
    let mut after = None;
    let mut is_full = false;
    loop {
        let page = telling.outbox.page(None, after.as_deref(), PAGE).await?;
        let own = page.entries.into_iter().filter(|waiting| share.contains(&waiting.partition()));
        let (push, streams): (Vec<_>, Vec<_>) = own.partition(|waiting| waiting.entry.kind == Kind::Push);
        post(telling, push, paused).await?;
        match files {
            Some(files) => file(telling, files, streams, paused).await?,
            None => post(telling, streams, paused).await?,
        }
        let Some(next) = page.next else { break };
        is_full = true;
        after = Some(next);
    }
    publish::go_on(telling, share, is_full).await
}

/// Writes records of streams to files: all of them, in order.
async fn file(telling: &Telling, files: &mut Files, waiting: Vec<Waiting>, paused: &mut Paused) -> Result<(), Error> {
    if waiting.is_empty() || paused.holds(FILES) {
        return Ok(());
    }
    let mut ready = Vec::new();
    for waiting in waiting {
        match stream_name(telling, &waiting.entry).await? {
            Some(name) => ready.push((waiting, name)),
            None => give_up(telling, vec![waiting], "its stream is not in use").await?,
        }
    }
    match files.append(&telling.outbox, ready).await {
        Ok(()) => paused.remove(FILES),
        Err(error) => {
            tracing::error!(%error, "records of streams are not written to files yet");
            paused.pause(FILES);
        }
    }
    Ok(())
}

/// Posts to web hooks: the datasets side by side, each in order.
async fn post(telling: &Telling, waiting: Vec<Waiting>, paused: &mut Paused) -> Result<(), Error> {
    let mut lanes: Vec<Vec<Waiting>> = Vec::new();
    for waiting in waiting {
        match lanes.last_mut().filter(|lane| lane.first().is_some_and(|first| first.lane() == waiting.lane())) {
            Some(lane) => lane.push(waiting),
            None => lanes.push(vec![waiting]),
        }
    }
    let mut lanes = lanes.into_iter().filter(|lane| lane.first().is_some_and(|first| !paused.holds(first.lane())));
    let lanes: Vec<_> = lanes.by_ref().collect();
    let mut lanes = lanes.into_iter();
    let mut running = FuturesUnordered::new();
    running.extend(lanes.by_ref().take(AT_A_TIME).map(|lane| deliver(telling, lane)));
    while let Some((lane, delivered)) = running.next().await {
        match delivered {
            Ok(()) => paused.remove(&lane),
            Err(error) => {
                tracing::warn!(%error, "a change of a dataset is not delivered yet");
                paused.pause(&lane);
            }
        }
        running.extend(lanes.next().map(|lane| deliver(telling, lane)));
    }
    Ok(())
}

/// Delivers the entries of one dataset.
async fn deliver(telling: &Telling, waiting: Vec<Waiting>) -> (Vec<u8>, Result<(), Error>) {
    let lane = waiting.first().map(|first| first.lane().to_vec()).unwrap_or_default();
    (lane, delivered(telling, waiting).await)
}

async fn delivered(telling: &Telling, waiting: Vec<Waiting>) -> Result<(), Error> {
    let kind = waiting.first().map(|first| first.entry.kind);
    let hook = match (kind, &telling.settings.push, &telling.settings.streams) {
        (Some(Kind::Push), Some(hook), _) | (Some(Kind::Stream), _, Some(Sink::Hook(hook))) => hook,
        _ => return give_up(telling, waiting, "there is no sink for it any more").await,
    };
    let now = telling.host.now();
    let (old, young): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|waiting| waiting.entry.at + hook.give_up_after < now);
    if !old.is_empty() {
        give_up(telling, old, "it could not be delivered in time").await?;
    }
    let mut young = young.into_iter().peekable();
    while young.peek().is_some() {
        let batch = batch(&mut young);
        // Another process may have the partition by now.
        if !telling.nodes.is_member() {
            return Err(Error::TooManyRequests);
        }
        send(telling, hook, &batch).await?;
        telling.outbox.take_out(&batch, Vec::new()).await?;
    }
    Ok(())
}

/// As many entries as one body takes.
fn batch(waiting: &mut std::iter::Peekable<std::vec::IntoIter<Waiting>>) -> Vec<Waiting> {
    let mut batch = Vec::new();
    let mut size = 0;
    while let Some(next) = waiting.next_if(|next| batch.is_empty() || size + weight(&next.entry) <= LARGEST_BODY) {
        size += weight(&next.entry);
        batch.push(next);
        if batch.len() == LONGEST_BODY {
            break;
        }
    }
    batch
}

fn weight(entry: &Entry) -> usize {
    let records = entry.records.iter();
    records.map(|record| record.key.len() + record.value.as_ref().map_or(0, String::len) + 200).sum::<usize>() + 500
}

async fn send(telling: &Telling, hook: &Hook, batch: &[Waiting]) -> Result<(), Error> {
    let mut bodies = Vec::new();
    let mut kind = ("push", "announcements");
    for waiting in batch {
        let entry = &waiting.entry;
        let body = match entry.kind {
            Kind::Push => serde_json::to_value(posted(entry, devices(telling, entry).await?)),
            Kind::Stream => {
                kind = ("stream", "records");
                let Some(name) = stream_name(telling, entry).await? else {
                    give_up(telling, vec![waiting.clone()], "its stream is not in use").await?;
                    continue;
                };
                serde_json::to_value(filed(entry, &name))
            }
        };
        bodies.push(body.map_err(|error| Error::Internal(error.into()))?);
    }
    if bodies.is_empty() {
        return Ok(());
    }
    let keys: Vec<String> = batch.iter().map(|waiting| waiting.entry.idempotency_key()).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let body = serde_json::json!({ kind.1: bodies }).to_string().into_bytes();
    let posted = hook::post(hook, kind.0, &keys, body, telling.host.now());
    match timeout(DELIVERY, posted).await {
        Ok(done) => done.map_err(|error: Undelivered| Error::Internal(error.into())),
        Err(_) => Err(Error::Internal("the web hook does not answer".into())),
    }
}

/// The devices of an entry that are still there and still subscribed.
async fn devices(telling: &Telling, entry: &Entry) -> Result<Vec<PostedDevice>, Error> {
    let mut devices = Vec::new();
    for device in telling.devices.of(&entry.pool, &entry.identity).await? {
        if entry.devices.contains(&device.id) && device.subscriptions.contains(&entry.dataset) {
            let row = store::devices::Device::row(&entry.identity.to_string(), &device.id);
            let token: Secret = telling.host.master.open(&row, &device.token)?;
            let token = token.expose().to_owned();
            devices.push(PostedDevice { device_id: device.id, platform: device.platform, token });
        }
    }
    Ok(devices)
}

/// The stream that an entry goes to. `None`: it is switched off, or was just now, since its role does not let this
/// service in any more.
async fn stream_name(telling: &Telling, entry: &Entry) -> Result<Option<String>, Error> {
    let host: &Host = &telling.host;
    let settings: Option<Stored<PoolSync>> = host.configuration.get(&entry.pool.to_string()).await?;
    let pool: Option<Stored<Pool>> = host.configuration.get(&entry.pool.to_string()).await?;
    let (Some(settings), Some(pool)) = (settings, pool) else { return Ok(None) };
    let Some(stream) = settings.stream.as_ref().filter(|stream| stream.is_enabled) else { return Ok(None) };
    let is_trusted = match &stream.role {
        Some(role) => service_roles::trusts(host, &pool, role).await?,
        None => false,
    };
    if is_trusted {
        return Ok(Some(stream.name.clone()));
    }
    let mut new = (*settings.record).clone();
    if let Some(stream) = &mut new.stream {
        stream.is_enabled = false;
    }
    let mut batch = host.configuration.batch();
    batch.replace(&settings, &new)?;
    if host.configuration.commit(batch).await? == Outcome::Committed {
        tracing::warn!(pool.id = %entry.pool, "streaming is switched off: its role does not let the service in");
    }
    Ok(None)
}

/// Takes entries out that will not be delivered, and says so.
async fn give_up(telling: &Telling, waiting: Vec<Waiting>, why: &'static str) -> Result<(), Error> {
    for waiting in &waiting {
        let Entry { pool, dataset, sync_count, .. } = &waiting.entry;
        tracing::warn!(pool.id = %pool, dataset, sync_count, why, "a change of a dataset is not told");
    }
    metrics::counter!("daypass_sync_dead_letters").increment(waiting.len() as u64);
    if let Some(file) = telling.settings.dead_letters.clone() {
        let letters: Vec<Entry> = waiting.iter().map(|waiting| waiting.entry.clone()).collect();
        let now = telling.host.now().iso8601();
        let kept = tokio::task::spawn_blocking(move || super::files::dead_letters(&file, &letters, why, &now)).await;
        kept.map_err(|error| Error::Internal(error.into()))?.map_err(|error| Error::Internal(error.into()))?;
    }
    telling.outbox.take_out(&waiting, Vec::new()).await?;
    Ok(())
}

impl Paused {
    fn holds(&self, lane: &[u8]) -> bool {
        self.0.get(lane).is_some_and(|(_, until)| *until > Instant::now())
    }

    fn pause(&mut self, lane: &[u8]) {
        let failures = self.0.get(lane).map_or(0, |(failures, _)| *failures);
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.min(10)).min(LONGEST_PAUSE);
        self.0.insert(lane.to_vec(), (failures + 1, Instant::now() + pause));
    }

    fn remove(&mut self, lane: &[u8]) {
        self.0.remove(lane);
    }

    /// Until something can be tried again.
    fn next(&self) -> Option<Duration> {
        let next = self.0.values().map(|(_, until)| *until).min()?;
        Some(next.saturating_duration_since(Instant::now()).max(FIRST_PAUSE / 4))
    }

    /// Those that somebody else delivers by now.
    fn forget(&mut self) {
        self.0.retain(|_, (_, until)| until.elapsed() < LONGEST_PAUSE * 2);
    }
}

/// Files are paused as a whole.
const FILES: &[u8] = b"files";
/// How often partitions are shared anew.
const SHARED: Duration = Duration::from_secs(2);
/// How often the outbox of many processes is looked at.
const POLL: Duration = Duration::from_millis(500);
/// How often that of a single one is, should news have been lost.
const IDLE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A delivery ends before others could take this process for dead.
const DELIVERY: Duration = Duration::from_secs(5);
const PAGE: usize = 32;
/// Datasets that are posted side by side.
const AT_A_TIME: usize = 16;
const LONGEST_BODY: usize = 50;
const LARGEST_BODY: usize = 4 * 1024 * 1024;
