//! ListIdentityPools: the account's pools, by page, in the order of their ids.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Need, Place, Violations};
use serde::{Deserialize, Serialize};
use store::records::pools::Pool;

use crate::{Error, Identity, checks, pages};

/// The page.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// The pools.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pools: Vec<ShortDescription>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShortDescription {
    identity_pool_id: String,
    identity_pool_name: String,
}

pub fn access(_: &Input, place: &Place) -> Access {
    // The service reference knows no resource for it; messages name the pools' common ARN.
    let Place { account, region } = place;
    Access::all([Need::on_text(
        "cognito-identity:ListIdentityPools",
        format!("arn:aws:cognito-identity:{region}:{account}:identitypool/"),
    )])
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::page(&mut violations, input.max_results, input.next_token.as_ref());
    violations.finish()?;
    let listing = format!("ListIdentityPools {}", call.place.account);
    let after = pages::after(&call.host, &listing, input.next_token.as_ref()).await?;
    let after = after.and_then(|bytes| String::from_utf8(bytes).ok());
    let limit = usize::try_from(input.max_results.unwrap_or(60)).unwrap_or(60);
    let mut pools: Vec<_> = call.host.configuration.list::<Pool>("").await?;
    pools.retain(|pool| {
        pool.account == call.place.account
            && !pool.deleted
            && after.as_ref().is_none_or(|after| pool.id.to_string() > *after)
    });
    let has_more = pools.len() > limit;
    pools.truncate(limit);
    let last = pools.last().filter(|_| has_more).map(|pool| pool.id.to_string());
    let next_token = last.map(|last| pages::next(&call.host, &listing, last.as_bytes())).transpose()?;
    let short =
        |pool: &Pool| ShortDescription { identity_pool_id: pool.id.to_string(), identity_pool_name: pool.name.clone() };
    Ok(Output { identity_pools: pools.iter().map(|pool| short(pool)).collect(), next_token })
}
