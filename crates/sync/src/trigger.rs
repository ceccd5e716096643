//! The function that looks at an identity's changes before they are made (`spec/cognito-sync.md`, section 11). It may
//! change them, take them back, and add others.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};
use operation::Call;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Stored;
use store::datasets::{Opened, Put};
use store::records::syncing::PoolSync;
use upstream::{Body, Request, target};

use crate::reach::Reached;
use crate::settings::Functions;
use crate::{Error, Sync, patches};

/// What the function is told, and what it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Event {
    version: Value,
    event_type: Value,
    region: Value,
    identity_pool_id: Value,
    identity_id: Value,
    dataset_name: Value,
    dataset_records: BTreeMap<String, Said>,
}

/// A record, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(default)]
    old_value: Option<String>,
    #[serde(default)]
    new_value: Option<String>,
    #[serde(default)]
    op: Option<String>,
}

/// The function to ask about the changes of this caller.
pub fn of(call: &Call<Sync>, reached: &Reached) -> Result<Option<String>, Error> {
    if !reached.is_own {
        return Ok(None);
    }
    let settings: Option<Stored<PoolSync>> = call.host.configuration.peek(&reached.pool.id.to_string())?;
    Ok(settings.and_then(|settings| settings.trigger.clone()))
}

/// What becomes of the changes. The dataset must have been opened as a whole.
pub async fn ask(
    call: &Call<Sync>,
    function: &str,
    reached: &Reached,
    name: &str,
    (opened, puts): (&Opened, Vec<Put>),
) -> Result<Vec<Put>, Error> {
    let functions = call.state.functions.as_ref();
    let functions = functions.ok_or_else(|| Error::Internal("no server for functions is configured".into()))?;
    let event = Event {
        version: 2.into(),
        event_type: "SyncTrigger".into(),
        region: call.host.region.as_str().into(),
        identity_pool_id: reached.pool.id.to_string().into(),
        identity_id: reached.identity.to_string().into(),
        dataset_name: name.into(),
        dataset_records: records(opened, &puts),
    };
    let body = serde_json::to_vec(&event).map_err(|error| Error::Internal(error.into()))?;
    let answered = tokio::time::timeout(PATIENCE, invoke(functions, function, body)).await;
    let answer = answered.map_err(|_| Error::LambdaSocketTimeout)??;
    let answer: Event = serde_json::from_slice(&answer).map_err(|_| bad("is not the event"))?;
    let is_same = Event { dataset_records: BTreeMap::new(), ..answer.clone() }
        == Event { dataset_records: BTreeMap::new(), ..event };
    if !is_same {
        return Err(bad("changes more than the records"));
    }
    let puts = merged(opened, puts, answer.dataset_records)?;
    patches::within_limits(opened, &puts).map_err(|_| bad("makes the dataset too large"))?;
    Ok(puts)
}

fn records(opened: &Opened, puts: &[Put]) -> BTreeMap<String, Said> {
    let replace = || Some(REPLACE.to_owned());
    let mut records: BTreeMap<String, Said> = opened
        .records()
        .filter_map(|record| Some((record.key.clone(), record.value.clone()?)))
        .map(|(key, value)| {
            let said = Said { old_value: Some(value.clone()), new_value: Some(value), op: replace() };
            (key, said)
        })
        .collect();
    for put in puts {
        let old_value = records.get(&put.key).and_then(|said| said.old_value.clone());
        let op = if put.value.is_some() { replace() } else { Some(REMOVE.to_owned()) };
        records.insert(put.key.clone(), Said { old_value, new_value: put.value.clone(), op });
    }
    records
}

async fn invoke(functions: &Functions, function: &str, body: Vec<u8>) -> Result<Bytes, Error> {
    let name = functions.name.as_deref().unwrap_or(function);
    let path = format!("/2015-03-31/functions/{}/invocations", target::segment(name));
    let header = |name, value| (HeaderName::from_static(name), HeaderValue::from_static(value));
    let mut request = Request::new(Method::POST, path).body(Body::Whole(body.into()));
    for (name, value) in
        [header("content-type", "application/json"), header("x-amz-invocation-type", "RequestResponse")]
    {
        request = request.header(name, value);
    }
    let answer = functions.server.call(request).await.map_err(unasked)?;
    match answer.status.as_u16() {
        429 => return Err(Error::LambdaThrottled),
        200 => {}
        status @ 400..500 => return Err(bad(&format!("cannot be invoked (status {status})"))),
        status => return Err(Error::Internal(format!("the server for functions answers with status {status}").into())),
    }
    if answer.headers.contains_key("x-amz-function-error") {
        return Err(bad("failed"));
    }
    answer.whole(LONGEST_ANSWER).await.map_err(|error| match error {
        upstream::Error::TooLong { .. } => bad("says too much"),
        error => unasked(error),
    })
}

fn unasked(error: upstream::Error) -> Error {
    match error {
        upstream::Error::Late { .. } => Error::LambdaSocketTimeout,
        error => Error::Internal(error.into()),
    }
}

/// The changes, as the function wants them: what it does not name stays as the device sent it, or as it is.
fn merged(opened: &Opened, puts: Vec<Put>, said: BTreeMap<String, Said>) -> Result<Vec<Put>, Error> {
    let mut changes: BTreeMap<String, Put> = puts.into_iter().map(|put| (put.key.clone(), put)).collect();
    for (key, said) in said {
        let value = match said.op.as_deref() {
            Some(REPLACE) | None => said.new_value,
            Some(REMOVE) => None,
            Some(_) => return Err(bad("names an operation that there is not")),
        };
        patches::fits(&key, value.as_deref()).then_some(()).ok_or_else(|| bad("names a record that cannot be"))?;
        match changes.get_mut(&key) {
            Some(put) => put.value = value,
            None if opened.record(&key).and_then(|record| record.value.as_ref()) != value.as_ref() => {
                changes.insert(key.clone(), Put { key, value, device_modified: None });
            }
            None => {}
        }
    }
    // In one commit there are no more records than a dataset has, and the traces of as many.
    if changes.len() > MOST_CHANGES {
        return Err(bad("changes too many records"));
    }
    Ok(changes.into_values().collect())
}

fn bad(what: &str) -> Error {
    Error::InvalidLambdaFunctionOutput(format!("The function of the SyncTrigger event {what}."))
}

const REPLACE: &str = "replace";
const REMOVE: &str = "remove";
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;
const MOST_CHANGES: usize = 2048;
