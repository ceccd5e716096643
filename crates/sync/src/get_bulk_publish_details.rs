//! GetBulkPublishDetails: how far the last publication of a pool is.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::records::syncing::{Progress, Publication};
use vocab::Timestamp;
use wire::rest::{Content, Route};

use crate::{Error, Sync, checks, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("GetBulkPublishDetails", "POST", "/identitypools/{IdentityPoolId}/getBulkPublishDetails")
};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
}

/// The publication.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_id: String,
    #[serde(with = "wire::times::epoch::option")]
    bulk_publish_start_time: Option<Timestamp>,
    #[serde(with = "wire::times::epoch::option")]
    bulk_publish_complete_time: Option<Timestamp>,
    bulk_publish_status: &'static str,
    failure_message: Option<String>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:GetBulkPublishDetails", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    let last: Option<Stored<Publication>> = call.host.configuration.get(&pool.id.to_string()).await?;
    let (status, completed, failure) = match last.as_ref().map(|last| &last.progress) {
        None => ("NOT_STARTED", None, None),
        Some(Progress::Running(_)) => ("IN_PROGRESS", None, None),
        Some(Progress::Succeeded(at)) => ("SUCCEEDED", Some(*at), None),
        Some(Progress::Failed(at, why)) => ("FAILED", Some(*at), Some(why.clone())),
    };
    Ok(Output {
        identity_pool_id: pool.id.to_string(),
        bulk_publish_start_time: last.map(|last| last.started),
        bulk_publish_complete_time: completed,
        bulk_publish_status: status,
        failure_message: failure,
    })
}
