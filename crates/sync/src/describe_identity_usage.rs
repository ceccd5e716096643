//! DescribeIdentityUsage: how much an identity keeps.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::datasets::Found;
use vocab::Timestamp;
use wire::rest::{Content, Route};

use crate::reach::Callers;
use crate::{Error, Sync, checks, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("DescribeIdentityUsage", "GET", "/identitypools/{IdentityPoolId}/identities/{IdentityId}")
};

/// The identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
}

/// Its usage.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_usage: IdentityUsage,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct IdentityUsage {
    identity_id: String,
    identity_pool_id: String,
    #[serde(with = "wire::times::epoch::option")]
    last_modified_date: Option<Timestamp>,
    dataset_count: usize,
    data_storage: u64,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_identity("cognito-sync:DescribeIdentityUsage", place, &input.identity_pool_id, &input.identity_id)
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::ids(&mut violations, &input.identity_pool_id, &input.identity_id);
    violations.finish()?;
    let reached = reach::identity(&call, &input.identity_pool_id, &input.identity_id, Callers::Everybody).await?;
    let found = reached.find(&call).await?;
    let datasets = match &found {
        Found::Shelf(shelf) => shelf.datasets.as_slice(),
        Found::Empty(_) | Found::Disabled | Found::Unknown => &[],
    };
    let identity_usage = IdentityUsage {
        identity_id: reached.identity.to_string(),
        identity_pool_id: reached.pool.id.to_string(),
        last_modified_date: datasets.iter().map(|dataset| dataset.modified).max(),
        dataset_count: datasets.len(),
        data_storage: datasets.iter().map(|dataset| dataset.bytes).sum(),
    };
    Ok(Output { identity_usage })
}
