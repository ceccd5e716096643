//! DeleteDataset: a dataset is gone for good, and remembered, so that other devices learn of it. A merged one is not
//! reported any more.
//!
//! Differences from AWS: none known.

use std::collections::BTreeSet;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::outbox::Happened;
use wire::rest::{Content, Route};

use crate::reach::Callers;
use crate::telling::notice::Change;
use crate::{Error, Sync, checks, reach, resources, shapes};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new(
        "DeleteDataset",
        "DELETE",
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

/// The dataset as it was.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    dataset: shapes::Dataset,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:DeleteDataset", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::ids(&mut violations, &input.identity_pool_id, &input.identity_id);
    checks::dataset_name(&mut violations, &input.dataset_name);
    violations.finish()?;
    let name = &input.dataset_name;
    let reached = reach::identity(&call, &input.identity_pool_id, &input.identity_id, Callers::Everybody).await?;
    let found = reached.find(&call).await?;
    // None of its records is looked at.
    let opened = call.state.datasets.open(found, name, Some(&BTreeSet::new())).await?;
    let opened = opened.ok_or_else(|| Error::no_identity(&input.identity_id))?;
    let dataset = opened.dataset().ok_or_else(|| Error::no_dataset(name))?;
    let output = Output { dataset: shapes::Dataset::of(&reached.identity, dataset) };
    let change = Change {
        pool: &reached.pool,
        identity: &reached.identity,
        dataset: name,
        sync_count: dataset.sync_count,
        happened: Happened::Deleted,
        by: "",
        at: call.host.now(),
        records: Vec::new(),
    };
    let notice = call.state.telling.notice(change).await?;
    if !call.state.datasets.delete(&opened, notice.writes()).await? {
        notice.cancel();
        return Err(Error::ResourceConflict(format!(
            "Dataset '{name}' was changed by somebody else at the same time."
        )));
    }
    Ok(output)
}
