//! DescribeDataset: a dataset without its records.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::datasets::Found;
use wire::rest::{Content, Route};

use crate::reach::Callers;
use crate::{Error, Sync, checks, reach, resources, shapes};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new(
        "DescribeDataset",
        "GET",
        "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}",
    )
};

/// The dataset.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    dataset_name: String,
}

/// The dataset.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    dataset: shapes::Dataset,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:DescribeDataset", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::ids(&mut violations, &input.identity_pool_id, &input.identity_id);
    checks::dataset_name(&mut violations, &input.dataset_name);
    violations.finish()?;
    let reached = reach::identity(&call, &input.identity_pool_id, &input.identity_id, Callers::Everybody).await?;
    let found = reached.find(&call).await?;
    let dataset = match &found {
        Found::Shelf(shelf) => shelf.find(&input.dataset_name),
        Found::Empty(_) | Found::Disabled | Found::Unknown => None,
    };
    let dataset = dataset.ok_or_else(|| Error::no_dataset(&input.dataset_name))?;
    Ok(Output { dataset: shapes::Dataset::of(&reached.identity, dataset) })
}
