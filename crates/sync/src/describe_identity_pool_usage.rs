//! DescribeIdentityPoolUsage: how much the identities of a pool keep.
//!
//! Differences from AWS: the figures of a large pool may be a minute old.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use wire::rest::{Content, Route};

use crate::usage::{self, IdentityPoolUsage};
use crate::{Error, Sync, checks, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("DescribeIdentityPoolUsage", "GET", "/identitypools/{IdentityPoolId}")
};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
}

/// Its usage.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_usage: IdentityPoolUsage,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:DescribeIdentityPoolUsage", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    Ok(Output { identity_pool_usage: usage::of_pool(&call, &pool).await? })
}
