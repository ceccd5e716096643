//! What is set on a pool for push, streams and events.

use operation::{Call, Host};
use store::records::pools::Pool;
use store::records::syncing::{PoolSync, Publication, Push, Stream};
use store::{Outcome, Record, Stored};

use crate::{Error, Sync};

/// The settings of a pool; none at all where nothing was ever set.
pub async fn of(call: &Call<Sync>, pool: &Pool) -> Result<PoolSync, Error> {
    let found: Option<Stored<PoolSync>> = call.host.configuration.get(&pool.id.to_string()).await?;
    Ok(found.map_or_else(|| PoolSync::none(&pool.id, pool.account), |found| (*found.record).clone()))
}

/// How devices are pushed to. Errs where push is not set up.
pub async fn push(call: &Call<Sync>, pool: &Pool) -> Result<Push, Error> {
    of(call, pool).await?.push.ok_or_else(|| {
        Error::InvalidConfiguration(format!("Identity pool {} isn't set up for push synchronization.", pool.id))
    })
}

/// The stream of a pool, where it is in use.
pub fn stream(settings: &PoolSync) -> Option<&Stream> {
    settings.stream.as_ref().filter(|stream| stream.is_enabled)
}

/// Changes the settings of a pool, and answers what they are then. Errs where somebody else changed them at the same
/// time.
pub async fn change(
    call: &Call<Sync>,
    pool: &Pool,
    change: impl FnOnce(PoolSync) -> PoolSync,
) -> Result<PoolSync, Error> {
    let old: Option<Stored<PoolSync>> = call.host.configuration.get(&pool.id.to_string()).await?;
    let before = old.as_ref().map_or_else(|| PoolSync::none(&pool.id, pool.account), |old| (*old.record).clone());
    let new = change(before);
    let mut batch = call.host.configuration.batch();
    match &old {
        Some(old) => batch.replace(old, &new)?,
        None => batch.insert(&new)?,
    }
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok(new),
        Outcome::Conflict(_) => Err(Error::ConcurrentModification),
    }
}

/// Forgets what was set on pools that are gone.
pub async fn forget(host: &Host) -> Result<(), store::Error> {
    for settings in host.configuration.held::<PoolSync>("")? {
        forget_one(host, &settings).await?;
    }
    for publication in host.configuration.held::<Publication>("")? {
        forget_one(host, &publication).await?;
    }
    Ok(())
}

/// The id of what is set on a pool is the pool's.
async fn forget_one<R: Record>(host: &Host, found: &Stored<R>) -> Result<(), store::Error> {
    if host.configuration.get::<Pool>(&found.id()).await?.is_some_and(|pool| !pool.deleted) {
        return Ok(());
    }
    let mut batch = host.configuration.batch();
    batch.delete(found);
    // A conflict means that somebody else has done the same.
    let (Outcome::Committed | Outcome::Conflict(_)) = host.configuration.commit(batch).await?;
    Ok(())
}
