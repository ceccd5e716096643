//! BulkPublish: starts the publication of all datasets of a pool to its stream. One at a time, and one that succeeded in
//! 24 hours.
//!
//! Differences from AWS: none known. A dataset that changes meanwhile may be published twice.

use std::time::Duration;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::records::syncing::{Progress, Publication};
use store::{Outcome, Stored};
use wire::rest::{Content, Route};

use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    answer: Content::Members(""),
    ..Route::new("BulkPublish", "POST", "/identitypools/{IdentityPoolId}/bulkpublish")
};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
}

/// The pool.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_id: String,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:BulkPublish", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    let settings = pool_settings::of(&call, &pool).await?;
    if pool_settings::stream(&settings).is_none() || !call.state.telling.has_stream_sink() {
        let text = format!("Identity pool {} has no stream that is enabled.", pool.id);
        return Err(Error::InvalidParameter(text));
    }
    let now = call.host.now();
    let last: Option<Stored<Publication>> = call.host.configuration.get(&pool.id.to_string()).await?;
    match last.as_ref().map(|last| &last.progress) {
        Some(Progress::Running(_)) => return Err(Error::running(&pool.id)),
        Some(Progress::Succeeded(at)) if now < *at + A_DAY => return Err(Error::AlreadyStreamed(pool.id.to_string())),
        Some(Progress::Succeeded(_) | Progress::Failed(..)) | None => {}
    }
    let new = Publication { pool: pool.id.clone(), started: now, progress: Progress::Running(String::new()) };
    let mut batch = call.host.configuration.batch();
    match &last {
        Some(last) => batch.replace(last, &new)?,
        None => batch.insert(&new)?,
    }
    // Who came first started it.
    if call.host.configuration.commit(batch).await? != Outcome::Committed {
        return Err(Error::running(&pool.id));
    }
    call.state.telling.wake();
    Ok(Output { identity_pool_id: pool.id.to_string() })
}

const A_DAY: Duration = Duration::from_secs(24 * 3600);
