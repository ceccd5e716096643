//! RegisterDevice: a device of an identity, that can subscribe to datasets. The same token of the same platform is the
//! same device.
//!
//! Differences from AWS: an identity has at most 50 devices; a further one takes the place of the one that registered
//! longest ago.

use std::collections::BTreeSet;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::devices::Device;
use vocab::Secret;
use wire::rest::{Content, Route};

use crate::reach::Callers;
use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    body: Content::Members(""),
    answer: Content::Members(""),
    ..Route::new("RegisterDevice", "POST", "/identitypools/{IdentityPoolId}/identity/{IdentityId}/device")
};

/// The identity, and what the platform knows its device by.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    identity_id: String,
    platform: Option<String>,
    token: Option<String>,
}

/// The device.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    device_id: String,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_identity("cognito-sync:RegisterDevice", place, &input.identity_pool_id, &input.identity_id)
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<Output, Error> {
    input.check()?;
    let Input { identity_pool_id, identity_id, platform, token } = input;
    let (platform, token) = (platform.unwrap_or_default(), token.unwrap_or_default());
    let reached = reach::identity(&call, &identity_pool_id, &identity_id, Callers::IdentityOnly).await?;
    if !pool_settings::push(&call, &reached.pool).await?.has_platform(&platform) {
        let text = format!("Identity pool {} has no platform application for {platform}.", reached.pool.id);
        return Err(Error::InvalidConfiguration(text));
    }
    let digest = hex(&Sha256::digest(token.as_bytes()));
    let id = format!("{:032x}", u128::from_be_bytes(call.host.random.bytes()));
    let token = call.host.master.seal(&Device::row(&reached.identity.to_string(), &id), &Secret::new(token))?;
    let now = call.host.now();
    let registered = call.state.telling.devices.update(&reached.pool.id, &reached.identity, |devices| {
        if let Some(known) = devices.iter_mut().find(|known| known.platform == platform && known.digest == digest) {
            known.registered = now;
            return Ok::<_, Error>(known.id.clone());
        }
        if devices.len() >= MOST_DEVICES {
            let oldest = devices.iter().enumerate().min_by_key(|(_, device)| device.registered).map(|(at, _)| at);
            oldest.map(|at| devices.remove(at));
        }
        devices.push(Device {
            id: id.clone(),
            platform: platform.clone(),
            digest: digest.clone(),
            token: token.clone(),
            registered: now,
            subscriptions: BTreeSet::new(),
        });
        Ok(id.clone())
    });
    let device_id = registered.await?.ok_or_else(|| Error::no_identity(&identity_id))?;
    Ok(Output { device_id })
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::ids(&mut violations, &self.identity_pool_id, &self.identity_id);
        violations.required("platform", self.platform.as_ref()).required("token", self.token.as_ref());
        if let Some(platform) = &self.platform {
            violations.one_of("platform", platform, PLATFORMS);
        }
        if let Some(token) = &self.token {
            // Lengths alone: whoever has the token can push.
            let length = token.len();
            if length == 0 || length > LONGEST_TOKEN {
                violations.add(TOKEN, "", &format!("Member must have length between 1 and {LONGEST_TOKEN}"));
            }
        }
        Ok(violations.finish()?)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const PLATFORMS: &[&str] = &["APNS", "APNS_SANDBOX", "GCM", "ADM"];
const TOKEN: &str = "token";
const LONGEST_TOKEN: usize = 4096;
const MOST_DEVICES: usize = 50;
