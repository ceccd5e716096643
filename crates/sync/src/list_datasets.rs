//! ListDatasets: the datasets of an identity, by name. Merged ones have their merged names.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::datasets::Found;
use wire::rest::{Bind, Content, Route};

use crate::reach::Callers;
use crate::{Error, Sync, checks, pages, reach, resources, shapes};

pub const ROUTE: Route = Route {
    members: &[Bind::Query("NextToken", "nextToken"), Bind::Query("MaxResults", "maxResults")],
    answer: Content::Members(""),
    ..Route::new("ListDatasets", "GET", "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets")
};

/// The identity and the page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The datasets.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    datasets: Vec<shapes::Dataset>,
    count: usize,
    next_token: Option<String>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:ListDatasets", place, ids, None)
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::ids(&mut violations, &input.identity_pool_id, &input.identity_id);
    violations.finish()?;
    let size = checks::page_size(input.max_results, MOST_IN_PAGE)?;
    let reached = reach::identity(&call, &input.identity_pool_id, &input.identity_id, Callers::Everybody).await;
    let reached = reached.map_err(Error::without_not_found)?;
    let listing = format!("ListDatasets {} {}", reached.pool.id, reached.identity);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    let shelf = match reached.find(&call).await.map_err(Error::without_not_found)? {
        Found::Shelf(shelf) => Some(shelf),
        Found::Empty(_) | Found::Disabled | Found::Unknown => None,
    };
    let all = shelf.iter().flat_map(|shelf| &shelf.datasets);
    let mut rest =
        all.filter(|dataset| after.as_deref().is_none_or(|after| dataset.name.as_bytes() > after)).peekable();
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let last = page.last().filter(|_| rest.peek().is_some());
    Ok(Output {
        next_token: last.map(|last| pages::next(&call.host, &listing, last.name.as_bytes())).transpose()?,
        count: page.len(),
        datasets: page.into_iter().map(|dataset| shapes::Dataset::of(&reached.identity, dataset)).collect(),
    })
}

const MOST_IN_PAGE: usize = 64;
