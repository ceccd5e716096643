//! GetCognitoEvents: the functions that are asked about changes of a pool's datasets.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use wire::rest::{Content, Route};

use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("GetCognitoEvents", "GET", "/identitypools/{IdentityPoolId}/events")
};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
}

/// The functions, by event.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    events: BTreeMap<&'static str, String>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:GetCognitoEvents", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    let trigger = pool_settings::of(&call, &pool).await?.trigger;
    Ok(Output { events: trigger.into_iter().map(|function| (SYNC_TRIGGER, function)).collect() })
}

/// The only event there is.
pub const SYNC_TRIGGER: &str = "SyncTrigger";
