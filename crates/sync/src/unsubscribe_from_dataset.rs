//! UnsubscribeFromDataset: a device hears of a dataset no more. Errs where it did not.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use wire::rest::Route;

use crate::reach::Callers;
use crate::subscribe_to_dataset::Input;
use crate::{Error, Sync, pool_settings, reach, resources};

pub const ROUTE: Route = Route::new(
    "UnsubscribeFromDataset",
    "DELETE",
    "/identitypools/{IdentityPoolId}/identities/{IdentityId}/datasets/{DatasetName}/subscriptions/{DeviceId}",
);

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let ids = (input.identity_pool_id.as_str(), input.identity_id.as_str());
    resources::on_dataset("cognito-sync:UnsubscribeFromDataset", place, ids, Some(&input.dataset_name))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<(), Error> {
    input.check()?;
    let Input { identity_pool_id, identity_id, dataset_name, device_id } = input;
    let reached = reach::identity(&call, &identity_pool_id, &identity_id, Callers::IdentityOnly).await?;
    pool_settings::push(&call, &reached.pool).await?;
    let left = call.state.telling.devices.update(&reached.pool.id, &reached.identity, |devices| {
        let device = devices.iter_mut().find(|device| device.id == device_id);
        let device = device.ok_or_else(|| Error::no_device(&device_id))?;
        if device.subscriptions.remove(&dataset_name) { Ok(()) } else { Err(Error::no_subscription(&dataset_name)) }
    });
    left.await?.ok_or_else(|| Error::no_identity(&identity_id))
}
