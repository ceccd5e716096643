//! OpenEventStream: a device hears of changes while it is connected, as server-sent events. No operation of AWS.
//!
//! `GET …/identities/{IdentityId}/devices/{DeviceId}/events`, signed by header or, for a browser's `EventSource`, in the
//! query. Who may list the identity's datasets may hear which of them change. First come the datasets that the device
//! is subscribed to, as they stand; then every change that another device made. The stream ends with the session.

use operation::{Access, Call, Place, Streamed, Violations};
use serde::{Deserialize, Serialize};
use wire::rest::{Bind, Content, Route};

use crate::reach::Callers;
use crate::telling::streams;
use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    members: &[Bind::Header("LastEventId", "last-event-id")],
    output: &[Bind::Header("ContentType", "content-type"), Bind::Header("CacheControl", "cache-control")],
    answer: Content::Streamed,
    ..Route::new(
        "OpenEventStream",
        "GET",
        "/identitypools/{IdentityPoolId}/identities/{IdentityId}/devices/{DeviceId}/events",
    )
};

/// The device, and the last event that it has seen.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    device_id: String,
    last_event_id: Option<String>,
}

/// What the stream is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    content_type: &'static str,
    cache_control: &'static str,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:ListDatasets", place, ids, None)
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Streamed<Output>, Error> {
    let mut violations = Violations::new();
    checks::ids(&mut violations, &input.identity_pool_id, &input.identity_id);
    checks::device_id(&mut violations, &input.device_id);
    violations.finish()?;
    let reached = reach::identity(&call, &input.identity_pool_id, &input.identity_id, Callers::IdentityOnly).await?;
    pool_settings::push(&call, &reached.pool).await?;
    let telling = &call.state.telling;
    let opened = streams::open(telling, &reached.identity, &input.device_id).await?;
    let found = reached.find(&call).await?;
    let devices = telling.devices.of(&reached.pool.id, &reached.identity).await?;
    let device = devices.iter().find(|device| device.id == input.device_id);
    let device = device.ok_or_else(|| Error::no_device(&input.device_id))?;
    let first = streams::standing(&reached, &found, device, input.last_event_id.as_deref());
    let output = Output { content_type: "text/event-stream; charset=utf-8", cache_control: "no-store" };
    Ok(Streamed { output, body: opened.body(first) })
}
