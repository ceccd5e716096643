//! UpdateRecords: changes records of a dataset, all of them or none, each by compare and swap on its count.
//!
//! The steps: token, limits, conflicts, the function of the pool, store, tell. What is read holds when it is written, or all begins anew.
//!
//! Differences from AWS: none known.

use std::collections::{BTreeMap, BTreeSet};

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use store::datasets::{Opened, Put, Record, Written};
use store::outbox::Happened;
use vocab::Timestamp;
use wire::rest::{Bind, Content, Route};

use crate::patches::{Patch, RecordPatch};
use crate::reach::{Callers, Reached};
use crate::session_tokens::Session;
use crate::telling::notice::{Change, Notice};
use crate::{Error, Sync, checks, patches, reach, resources, shapes, trigger};

pub const ROUTE: Route = Route {
    members: &[Bind::Header("ClientContext", "x-amz-client-context")],
    body: Content::Members(""),
    answer: Content::Members(""),
    ..Route::new(
        "UpdateRecords",
        "POST",
        "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}",
    )
};

/// The dataset and the changes. The client context is of no use here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    dataset_name: String,
    device_id: Option<String>,
    record_patches: Option<Vec<RecordPatch>>,
    sync_session_token: Option<String>,
}

/// The records that were patched, as they are now.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    records: Vec<shapes::Record>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:UpdateRecords", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    let Checked { pool, identity, name, device, patches, token } = input.check()?;
    let reached = reach::identity(&call, &pool, &identity, Callers::Everybody).await?;
    let session = Session::open(&call.host, &reached, &name, &token).await?;
    let by = device.unwrap_or_else(|| identity.clone());
    let keys: BTreeSet<&str> = patches.iter().map(|patch| patch.put.key.as_str()).collect();
    let function = trigger::of(&call, &reached)?;
    // A function is shown everything.
    let opened_for = if function.is_some() { None } else { Some(&keys) };
    let tries = if function.is_some() { TRIES_OF_FUNCTION } else { TRIES };
    for _ in 0..tries {
        let found = reached.find(&call).await?;
        let _room = call.state.room.take(&found, &name, function.is_some()).await?;
        let opened = call.state.datasets.open(found, &name, opened_for).await?;
        let opened = opened.ok_or_else(|| Error::no_identity(&identity))?;
        session.fits(&opened, &name)?;
        let wanted: Vec<_> = patches.iter().map(|patch| patch.put.clone()).collect();
        patches::within_limits(&opened, &wanted)?;
        let mut puts = patches::applied(&opened, &patches)?;
        if let Some(function) = function.as_deref().filter(|_| !puts.is_empty()) {
            puts = trigger::ask(&call, function, &reached, &name, (&opened, puts)).await?;
        }
        if puts.is_empty() {
            return Ok(output(&opened, &patches, Vec::new()));
        }
        let now = call.host.now();
        let notice = notice(&call, &reached, &name, (&opened, &puts), (&by, now)).await?;
        match call.state.datasets.write(&opened, &puts, (&by, now), notice.writes()).await? {
            Written::Done(_, records) => return Ok(output(&opened, &patches, records)),
            Written::Changed => notice.cancel(),
        }
    }
    Err(Error::TooManyRequests)
}

/// What is to be told of the change.
async fn notice(
    call: &Call<Sync>,
    reached: &Reached,
    name: &str,
    (opened, puts): (&Opened, &[Put]),
    (by, at): (&str, Timestamp),
) -> Result<Notice, Error> {
    let sync_count = opened.next_sync_count();
    let record = |put: &Put| Record {
        key: put.key.clone(),
        value: put.value.clone(),
        sync_count,
        modified: at,
        modified_by: by.to_owned(),
        device_modified: put.device_modified,
    };
    let change = Change {
        pool: &reached.pool,
        identity: &reached.identity,
        dataset: name,
        sync_count,
        happened: Happened::Changed,
        by,
        at,
        records: puts.iter().map(record).collect(),
    };
    Ok(call.state.telling.notice(change).await?)
}

/// Every patched record, in the order of the patches, changed or as it was; then those that only the function changed.
fn output(opened: &Opened, patches: &[Patch], changed: Vec<Record>) -> Output {
    let mut changed: BTreeMap<String, Record> =
        changed.into_iter().map(|record| (record.key.clone(), record)).collect();
    let mut records: Vec<shapes::Record> = Vec::with_capacity(patches.len());
    for patch in patches {
        let key = &patch.put.key;
        let record = changed.remove(key).or_else(|| opened.record(key).cloned());
        records.push(record.map_or_else(|| shapes::Record::absent(key), Into::into));
    }
    records.extend(changed.into_values().map(Into::into));
    Output { records }
}

struct Checked {
    pool: String,
    identity: String,
    name: String,
    device: Option<String>,
    patches: Vec<Patch>,
    token: String,
}

impl Input {
    fn check(self) -> Result<Checked, Error> {
        let mut violations = Violations::new();
        checks::ids(&mut violations, &self.identity_pool_id, &self.identity_id);
        checks::dataset_name(&mut violations, &self.dataset_name);
        // Some clients send an empty one before they have registered.
        let device = self.device_id.filter(|device| !device.is_empty());
        if let Some(device) = &device {
            checks::device_id(&mut violations, device);
        }
        violations.required("syncSessionToken", self.sync_session_token.as_ref());
        let patches = patches::checked(self.record_patches.unwrap_or_default(), &mut violations)?;
        violations.finish()?;
        Ok(Checked {
            pool: self.identity_pool_id,
            identity: self.identity_id,
            name: self.dataset_name,
            device,
            patches,
            token: self.sync_session_token.unwrap_or_default(),
        })
    }
}

/// So often somebody else may be first on the same dataset.
const TRIES: usize = 64;
/// The same where a function is asked each time.
const TRIES_OF_FUNCTION: usize = 4;
