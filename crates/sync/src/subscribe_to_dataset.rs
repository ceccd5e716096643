//! SubscribeToDataset: a device wants to hear of the changes of a dataset, which need not be there yet.
//!
//! Differences from AWS: a device has at most 100 subscriptions.

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;
use wire::rest::Route;

use crate::reach::Callers;
use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route::new(
    "SubscribeToDataset",
    "POST",
    "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}/subscriptions/{DeviceId}",
);

/// The dataset and the device.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    pub identity_pool_id: String,
    pub identity_id: String,
    pub dataset_name: String,
    pub device_id: String,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:SubscribeToDataset", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<(), Error> {
    input.check()?;
    let Input { identity_pool_id, identity_id, dataset_name, device_id } = input;
    let reached = reach::identity(&call, &identity_pool_id, &identity_id, Callers::IdentityOnly).await?;
    pool_settings::push(&call, &reached.pool).await?;
    let subscribed = call.state.telling.devices.update(&reached.pool.id, &reached.identity, |devices| {
        let device = devices.iter_mut().find(|device| device.id == device_id);
        let device = device.ok_or_else(|| Error::no_device(&device_id))?;
        if device.subscriptions.len() >= MOST && !device.subscriptions.contains(&dataset_name) {
            return Err(Error::InvalidParameter(format!("A device can be subscribed to at most {MOST} datasets.")));
        }
        device.subscriptions.insert(dataset_name.clone());
        Ok(())
    });
    subscribed.await?.ok_or_else(|| Error::no_identity(&identity_id))
}

impl Input {
    pub fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::ids(&mut violations, &self.identity_pool_id, &self.identity_id);
        checks::dataset_name(&mut violations, &self.dataset_name);
        checks::device_id(&mut violations, &self.device_id);
        Ok(violations.finish()?)
    }
}

const MOST: usize = 100;
