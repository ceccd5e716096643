//! GetIdentityPoolConfiguration: what a pool has of push and streams. What was never set is left out.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;
use wire::rest::{Content, Route};

use crate::shapes::PoolConfiguration;
use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("GetIdentityPoolConfiguration", "GET", "/identitypools/{IdentityPoolId}/configuration")
};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:GetIdentityPoolConfiguration", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<PoolConfiguration, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    Ok(PoolConfiguration::of(pool_settings::of(&call, &pool).await?))
}
