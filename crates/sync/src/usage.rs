//! How much the identities of a pool keep.
//!
//! The figures are the sum over all of them. Where there are many, one caller at a time sums them up, and the sum is
//! remembered for a minute: asking often does not mean reading often.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use operation::Call;
use serde::Serialize;
use store::records::pools::Pool;
use vocab::{PoolId, Timestamp};

use crate::{Error, Sync};

/// Usage as it is shown.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct IdentityPoolUsage {
    identity_pool_id: String,
    sync_sessions_count: u64,
    data_storage: u64,
    #[serde(with = "wire::times::epoch")]
    last_modified_date: Timestamp,
}

/// What was summed up a moment ago.
#[derive(Default)]
pub struct Remembered {
    sums: Mutex<HashMap<PoolId, (Timestamp, Sum)>>,
    /// Whoever sums up what is more than a page.
    turn: tokio::sync::Mutex<()>,
}

/// The bytes of all datasets, and when the last of them changed.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    bytes: u64,
    modified: Option<Timestamp>,
}

/// The usage of a pool.
pub async fn of_pool(call: &Call<Sync>, pool: &Pool) -> Result<IdentityPoolUsage, Error> {
    let sum = sum(call, &pool.id).await?;
    Ok(IdentityPoolUsage {
        identity_pool_id: pool.id.to_string(),
        sync_sessions_count: call.state.sessions.of(&pool.id, call.host.now()).await?,
        data_storage: sum.bytes,
        last_modified_date: sum.modified.unwrap_or(pool.modified),
    })
}

async fn sum(call: &Call<Sync>, pool: &PoolId) -> Result<Sum, Error> {
    let now = call.host.now();
    if let Some(sum) = call.state.usages.recall(pool, now) {
        return Ok(sum);
    }
    let mut sum = Sum::default();
    let mut after = page(call, pool, None, &mut sum).await?;
    if after.is_none() {
        return Ok(sum);
    }
    let _turn = call.state.usages.turn.lock().await;
    if let Some(sum) = call.state.usages.recall(pool, call.host.now()) {
        return Ok(sum);
    }
    while after.is_some() {
        after = page(call, pool, after, &mut sum).await?;
    }
    call.state.usages.remember(pool, call.host.now(), sum);
    Ok(sum)
}

/// Adds a page of identities. Where the next one begins, if there may be one.
async fn page(
    call: &Call<Sync>,
    pool: &PoolId,
    after: Option<[u8; 16]>,
    sum: &mut Sum,
) -> Result<Option<[u8; 16]>, Error> {
    let page = call.state.datasets.of_pool(pool, after, PAGE).await?;
    for dataset in page.iter().flat_map(|shelf| &shelf.datasets) {
        sum.bytes += dataset.bytes;
        sum.modified = sum.modified.max(Some(dataset.modified));
    }
    Ok(page.last().filter(|_| page.len() == PAGE).map(|last| last.identity.guid()))
}

impl Remembered {
    fn recall(&self, pool: &PoolId, now: Timestamp) -> Option<Sum> {
        let held = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(pool).filter(|(at, _)| now < *at + REMEMBERED).map(|(_, sum)| *sum)
    }

    fn remember(&self, pool: &PoolId, now: Timestamp, sum: Sum) {
        let mut held = self.sums.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (at, _)| now < *at + REMEMBERED);
        held.insert(pool.clone(), (now, sum));
    }
}

const PAGE: usize = 500;
const REMEMBERED: Duration = Duration::from_secs(60);
