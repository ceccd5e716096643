//! What one delivery to a web hook is made of, and what becomes of entries that none will take.

use std::time::Duration;

use store::outbox::{Entry, Kind, Waiting};
use store::records::pools::Pool;
use store::records::syncing::PoolSync;
use store::{Outcome, Stored};
use tokio::time::timeout;
use vocab::{PoolId, Secret};

use super::Telling;
use super::hook::{self, Undelivered};
use super::shapes::{PostedDevice, filed, posted};
use crate::settings::Hook;
use crate::{Error, service_roles};

/// Posts the entries of one dataset, in order, and takes out what was taken.
pub(super) async fn deliver(telling: &Telling, hook: &Hook, waiting: Vec<Waiting>) -> Result<(), Error> {
    let Some(Entry { kind, pool, .. }) = waiting.first().map(|first| &first.entry) else { return Ok(()) };
    let stream = match kind {
        Kind::Push if pushes(telling, pool).await? => None,
        Kind::Push => return give_up(telling, &waiting, "its pool does not push").await,
        Kind::Stream => match stream_name(telling, pool).await? {
            Some(name) => Some(name),
            None => return give_up(telling, &waiting, NO_STREAM).await,
        },
    };
    let mut waiting = waiting.into_iter().peekable();
    while waiting.peek().is_some() {
        let batch = batch(&mut waiting);
        // Another process may have the partition by now.
        if !telling.nodes.is_member() {
            return Err(Error::TooManyRequests);
        }
        send(telling, hook, stream.as_deref(), &batch).await?;
        telling.outbox.take_out(&batch, Vec::new()).await?;
    }
    Ok(())
}

/// Gives up what was tried for too long, or cannot be tried. Answers the rest.
pub(super) async fn without_old(
    telling: &Telling,
    hook: Option<&Hook>,
    waiting: Vec<Waiting>,
) -> Result<Vec<Waiting>, Error> {
    let Some(hook) = hook else {
        give_up(telling, &waiting, "there is no sink for it any more").await?;
        return Ok(Vec::new());
    };
    let now = telling.host.now();
    let (old, young): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|waiting| waiting.entry.at + hook.give_up_after < now);
    if !old.is_empty() {
        give_up(telling, &old, "it could not be delivered in time").await?;
    }
    Ok(young)
}

/// As many entries as one body takes.
fn batch(waiting: &mut std::iter::Peekable<std::vec::IntoIter<Waiting>>) -> Vec<Waiting> {
    let mut batch = Vec::new();
    let mut size = 0;
    while let Some(next) = waiting.next_if(|next| batch.is_empty() || size + weight_of(next) <= LARGEST_BODY) {
        size += weight_of(&next);
        batch.push(next);
        if batch.len() == LONGEST_BODY {
            break;
        }
    }
    batch
}

/// About how many bytes it has.
pub(super) fn weight_of(waiting: &Waiting) -> usize {
    let records = waiting.entry.records.iter();
    records.map(|record| record.key.len() + record.value.as_ref().map_or(0, String::len) + 200).sum::<usize>() + 500
}

async fn send(telling: &Telling, hook: &Hook, stream: Option<&str>, batch: &[Waiting]) -> Result<(), Error> {
    let mut bodies = Vec::new();
    let mut keys = Vec::new();
    for Waiting { entry, .. } in batch {
        let body = match stream {
            Some(name) => serde_json::to_value(filed(entry, name)),
            None => match devices(telling, entry).await? {
                // They are gone, or do not listen any more.
                devices if devices.is_empty() => continue,
                devices => serde_json::to_value(posted(entry, devices)),
            },
        };
        bodies.push(body.map_err(|error| Error::Internal(error.into()))?);
        keys.push(entry.idempotency_key());
    }
    if bodies.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let (kind, member) = if stream.is_some() { ("stream", "records") } else { ("push", "announcements") };
    let body = serde_json::json!({ member: bodies }).to_string().into_bytes();
    let posted = hook::post(hook, kind, &keys, body, telling.host.now());
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

/// Whether a pool is there and has push.
async fn pushes(telling: &Telling, pool: &PoolId) -> Result<bool, Error> {
    Ok(set_on(telling, pool).await?.is_some_and(|(_, settings)| settings.push.is_some()))
}

/// The stream that the changes of a pool go to. `None`: it is switched off, or was just now, since its role does not let
/// this service in any more.
pub(super) async fn stream_name(telling: &Telling, pool: &PoolId) -> Result<Option<String>, Error> {
    let host = &telling.host;
    let Some((pool, settings)) = set_on(telling, pool).await? else { return Ok(None) };
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
        tracing::warn!(pool.id = %pool.id, "streaming is switched off: its role does not let the service in");
    }
    Ok(None)
}

/// A pool that is there, and what is set on it.
async fn set_on(telling: &Telling, pool: &PoolId) -> Result<Option<(Stored<Pool>, Stored<PoolSync>)>, Error> {
    let configuration = &telling.host.configuration;
    let found: Option<Stored<Pool>> = configuration.get(&pool.to_string()).await?;
    let settings: Option<Stored<PoolSync>> = configuration.get(&pool.to_string()).await?;
    Ok(found.filter(|pool| !pool.deleted).zip(settings))
}

/// Takes entries out that will not be delivered, and says so.
pub(super) async fn give_up(telling: &Telling, waiting: &[Waiting], why: &'static str) -> Result<(), Error> {
    if let Some(file) = telling.settings.dead_letters.clone() {
        let letters: Vec<Entry> = waiting.iter().map(|waiting| waiting.entry.clone()).collect();
        let now = telling.host.now().iso8601();
        // One at a time: each finds the file whole, and renames it once.
        let _turn = telling.letters.lock().await;
        let kept = tokio::task::spawn_blocking(move || super::files::dead_letters(&file, &letters, why, &now)).await;
        kept.map_err(|error| Error::Internal(error.into()))?.map_err(|error| Error::Internal(error.into()))?;
    }
    telling.outbox.take_out(waiting, Vec::new()).await?;
    for Waiting { entry: Entry { pool, dataset, sync_count, .. }, .. } in waiting {
        tracing::warn!(pool.id = %pool, dataset, sync_count, why, "a change of a dataset is not told");
    }
    metrics::counter!("daypass_sync_dead_letters").increment(waiting.len() as u64);
    Ok(())
}

/// Why records of a stream are given up.
pub(super) const NO_STREAM: &str = "its stream is not in use";
/// A delivery ends before others could take this process for dead.
const DELIVERY: Duration = Duration::from_secs(5);
const LONGEST_BODY: usize = 50;
const LARGEST_BODY: usize = 4 * 1024 * 1024;
