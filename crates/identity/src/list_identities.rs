//! ListIdentities: the identities of a pool, by page.
//!
//! Differences from AWS: a page may hold fewer than MaxResults although more follow.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::shapes::IdentityDescription;
use crate::{Error, Identity, checks, pages, pools};

/// The pool and the page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
    hide_disabled: Option<bool>,
}

/// The identities.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_id: String,
    identities: Vec<IdentityDescription>,
    next_token: Option<String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:ListIdentities", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    checks::page(&mut violations, input.max_results, input.next_token.as_ref());
    violations.finish()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let listing = format!("ListIdentities {}", pool.id);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    let after = after.and_then(|last| <[u8; 16]>::try_from(last.as_slice()).ok());
    let limit = usize::try_from(input.max_results.unwrap_or(60)).unwrap_or(60);
    let mut page = call.host.identities.of_pool(&pool.id, after, limit + 1).await?;
    let has_more = page.len() > limit;
    page.truncate(limit);
    let last = page.last().filter(|_| has_more).map(|identity| identity.id.guid());
    let next_token = last.map(|last| pages::next(&call.host, &listing, &last)).transpose()?;
    let hides = input.hide_disabled.unwrap_or(false);
    let shown = page.iter().filter(|identity| !(hides && identity.disabled));
    let identities = shown.map(|identity| (&*identity.record).into()).collect();
    Ok(Output { identity_pool_id: pool.id.to_string(), identities, next_token })
}
