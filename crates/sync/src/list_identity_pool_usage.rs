//! ListIdentityPoolUsage: how much the identities of every pool of the account keep.
//!
//! Differences from AWS: the figures of large pools may be a minute old.

use operation::{Access, Call, Place};
use serde::{Deserialize, Serialize};
use store::records::pools::Pool;
use wire::rest::{Bind, Content, Route};

use crate::usage::{self, IdentityPoolUsage};
use crate::{Error, Sync, checks, pages, reach, resources};

pub const ROUTE: Route = Route {
    members: &[Bind::Query("NextToken", "nextToken"), Bind::Query("MaxResults", "maxResults")],
    answer: Content::Members(""),
    ..Route::new("ListIdentityPoolUsage", "GET", "/identitypools")
};

/// The page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// The usages.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_usages: Vec<IdentityPoolUsage>,
    max_results: usize,
    count: usize,
    next_token: Option<String>,
}

pub fn access(_: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:ListIdentityPoolUsage", place, None)
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    reach::developers_only(&call)?;
    let size = checks::page_size(input.max_results, MOST_IN_PAGE)?;
    let listing = format!("ListIdentityPoolUsage {}", call.place.account);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    let pools = call.host.configuration.list::<Pool>("").await?;
    let mut own: Vec<_> =
        pools.into_iter().filter(|pool| !pool.deleted && pool.account == call.place.account).collect();
    own.sort_unstable_by_key(|pool| pool.id.to_string());
    own.retain(|pool| after.as_deref().is_none_or(|after| pool.id.to_string().as_bytes() > after));
    let has_more = own.len() > size;
    own.truncate(size);
    let last = own.last().filter(|_| has_more).map(|pool| pool.id.to_string());
    let mut identity_pool_usages = Vec::with_capacity(own.len());
    for pool in &own {
        identity_pool_usages.push(usage::of_pool(&call, pool).await?);
    }
    Ok(Output {
        count: identity_pool_usages.len(),
        identity_pool_usages,
        max_results: size,
        next_token: last.map(|last| pages::next(&call.host, &listing, last.as_bytes())).transpose()?,
    })
}

const MOST_IN_PAGE: usize = 60;
