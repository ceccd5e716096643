//! ListRecords: what changed in a dataset since a count that the device has seen, and the token of a sync session.
//!
//! A dataset that is not there is an empty one.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::datasets::Record;
use wire::rest::{Bind, Content, Route};

use crate::reach::Callers;
use crate::session_tokens::Session;
use crate::{Error, Sync, checks, pages, reach, reading, resources, shapes};

pub const ROUTE: Route = Route {
    members: &[
        Bind::Query("LastSyncCount", "lastSyncCount"),
        Bind::Query("NextToken", "nextToken"),
        Bind::Query("MaxResults", "maxResults"),
        Bind::Query("SyncSessionToken", "syncSessionToken"),
    ],
    answer: Content::Members(""),
    ..Route::new(
        "ListRecords",
        "GET",
        "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}/records",
    )
};

/// The dataset, and what is known of it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    dataset_name: String,
    last_sync_count: Option<i64>,
    next_token: Option<String>,
    max_results: Option<i64>,
    sync_session_token: Option<String>,
}

/// What changed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    records: Vec<shapes::Record>,
    next_token: Option<String>,
    count: usize,
    dataset_sync_count: u64,
    last_modified_by: Option<String>,
    merged_dataset_names: Vec<String>,
    dataset_exists: bool,
    dataset_deleted_after_requested_sync_count: bool,
    sync_session_token: String,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:ListRecords", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let (since, size) = input.check()?;
    let (pool, identity, name) = (&input.identity_pool_id, &input.identity_id, &input.dataset_name);
    let reached = reach::identity(&call, pool, identity, Callers::Everybody).await;
    let reached = reached.map_err(Error::without_not_found)?;
    if let Some(token) = input.sync_session_token.as_deref().filter(|token| !token.is_empty()) {
        Session::open(&call.host, &reached, name, token).await?;
    }
    let listing = format!("ListRecords {} {} {name} {since}", reached.pool.id, reached.identity);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    if after.is_none() {
        call.state.sessions.count(&reached.pool.id, call.host.now());
    }
    let found = reached.find(&call).await.map_err(Error::without_not_found)?;
    let _room = call.state.room.take(&found, name, false).await?;
    let (shelf, mut records) = reading::since(&call.state.datasets, (&reached.pool.id, &reached.identity), name, since)
        .await
        .map_err(Error::without_not_found)?;
    let dataset = shelf.as_ref().and_then(|shelf| shelf.find(name));
    records.retain(|record| after.as_ref().is_none_or(|after| place_of(record) > *after));
    let has_more = records.len() > size;
    records.truncate(size);
    let last = records.last().filter(|_| has_more).map(place_of);
    Ok(Output {
        next_token: last.map(|last| pages::next(&call.host, &listing, &last)).transpose()?,
        count: records.len(),
        records: records.into_iter().map(Into::into).collect(),
        dataset_sync_count: dataset.map_or(0, |dataset| dataset.sync_count),
        last_modified_by: dataset.map(|dataset| dataset.modified_by.clone()),
        merged_dataset_names: shelf.as_ref().map(|shelf| shelf.merged_into(name)).unwrap_or_default(),
        dataset_exists: dataset.is_some(),
        dataset_deleted_after_requested_sync_count: shelf
            .as_ref()
            .is_some_and(|shelf| shelf.is_deleted_after(name, since)),
        sync_session_token: Session::begin(&call, dataset).seal(&call.host, &reached, name)?,
    })
}

/// The place of a record in the listing; keys hold any character.
fn place_of(record: &Record) -> Vec<u8> {
    [record.sync_count.to_be_bytes().as_slice(), record.key.as_bytes()].concat()
}

impl Input {
    fn check(&self) -> Result<(u64, usize), Error> {
        let mut violations = Violations::new();
        checks::ids(&mut violations, &self.identity_pool_id, &self.identity_id);
        checks::dataset_name(&mut violations, &self.dataset_name);
        let since = self.last_sync_count.unwrap_or(0);
        violations.range("lastSyncCount", since, 0, i64::MAX);
        violations.finish()?;
        Ok((u64::try_from(since).unwrap_or(0), checks::page_size(self.max_results, MOST_IN_PAGE)?))
    }
}

const MOST_IN_PAGE: usize = 1024;
