//! The publication of all datasets of a pool to its stream. It goes through the outbox like every change, page by page;
//! how far it is stands in the configuration, so that whoever has the pool's partition goes on with it.

use store::Stored;
use store::outbox::{Entry, Happened, Kind, partition_of};
use store::records::pools::Pool;
use store::records::syncing::{PoolSync, Progress, Publication};
use vocab::PoolId;

use super::Telling;
use crate::{Error, reading};

/// Publishes one page of each pool that has asked for it. Whether there is more; none is done where the outbox is full.
pub(super) async fn go_on(telling: &Telling, is_full: bool) -> Result<bool, Error> {
    let all: Vec<Stored<Publication>> = telling.host.configuration.held("")?;
    let mut went_on = false;
    for publication in all {
        let Progress::Running(after) = &publication.progress else { continue };
        let held = telling.nodes.hold(partition_of(&publication.pool.guid()));
        if held.is_none() || is_full {
            continue;
        }
        let progress = match page(telling, &publication.pool, guid(after)).await? {
            Page::More(last) => Progress::Running(last),
            Page::Last => Progress::Succeeded(telling.host.now()),
            Page::Impossible(why) => Progress::Failed(telling.host.now(), why.to_owned()),
        };
        let mut batch = telling.host.configuration.batch();
        batch.replace(&publication, &Publication { progress, ..(*publication.record).clone() })?;
        telling.host.configuration.commit(batch).await?;
        went_on = true;
    }
    Ok(went_on)
}

enum Page {
    More(String),
    Last,
    Impossible(&'static str),
}

async fn page(telling: &Telling, pool: &PoolId, after: Option<[u8; 16]>) -> Result<Page, Error> {
    let configuration = &telling.host.configuration;
    let known: Option<Stored<Pool>> = configuration.get(&pool.to_string()).await?;
    if known.is_none_or(|known| known.deleted) {
        return Ok(Page::Impossible("The identity pool was deleted."));
    }
    let settings: Option<Stored<PoolSync>> = configuration.get(&pool.to_string()).await?;
    let is_enabled = settings.is_some_and(|settings| settings.stream.as_ref().is_some_and(|stream| stream.is_enabled));
    if !is_enabled || !telling.has_stream_sink() {
        return Ok(Page::Impossible("Streaming is disabled."));
    }
    let datasets = store::Datasets::new(telling.host.rows.clone(), telling.host.random.clone());
    let shelves = datasets.of_pool(pool, after, PAGE).await?;
    for shelf in &shelves {
        for name in shelf.datasets.iter().map(|dataset| &dataset.name) {
            // It may be gone by now, and so may the identity.
            let whose = (pool, &shelf.identity);
            let (now, mut records) = match reading::since(&datasets, whose, name, 0).await {
                Ok(read) => read,
                Err(Error::ResourceNotFound(_) | Error::NotAuthorized(_)) => continue,
                Err(error) => return Err(error),
            };
            let Some(dataset) = now.as_ref().and_then(|now| now.find(name)) else { continue };
            records.retain(|record| record.value.is_some());
            let entry = Entry {
                kind: Kind::Stream,
                pool: pool.clone(),
                identity: shelf.identity.clone(),
                dataset: dataset.name.clone(),
                sync_count: dataset.sync_count,
                happened: Happened::Published,
                at: telling.host.now(),
                devices: Vec::new(),
                records,
            };
            telling.outbox.add(&entry).await?;
        }
    }
    Ok(match shelves.last().filter(|_| shelves.len() == PAGE) {
        Some(last) => Page::More(hex(last.identity.guid())),
        None => Page::Last,
    })
}

fn hex(guid: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(guid))
}

fn guid(text: &str) -> Option<[u8; 16]> {
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

const PAGE: usize = 20;
