//! SetPrincipalTagAttributeMap: which claims of a provider become principal tags.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Need, Place, Violations};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::pools::{Pool, TagMap};

use crate::{Error, Identity, attributes, checks, pools};

/// The provider and its map.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
    identity_provider_name: Option<String>,
    use_defaults: Option<bool>,
    principal_tags: Option<BTreeMap<String, String>>,
}

/// The map in force.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_id: String,
    identity_provider_name: String,
    use_defaults: bool,
    principal_tags: BTreeMap<String, String>,
}

impl Output {
    /// The map of a provider of this pool.
    pub fn of(pool: &Pool, provider: String) -> Self {
        let map = pool.principal_tags.get(&provider).cloned().unwrap_or_default();
        Self {
            identity_pool_id: pool.id.to_string(),
            use_defaults: map.use_defaults,
            principal_tags: attributes::effective(&provider, &map),
            identity_provider_name: provider,
        }
    }
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::all([Need::on_text("cognito-identity:SetPrincipalTagAttributeMap", "*")])
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    checks::provider_name(&mut violations, input.identity_provider_name.as_ref());
    checks::principal_tags(&mut violations, input.principal_tags.as_ref());
    violations.finish()?;
    for _ in 0..pools::TRIES {
        if let Some(set) = set(&call, &input).await? {
            return Ok(set);
        }
    }
    // The operation has no word for it but that it may be tried again.
    Err(Error::TooManyRequests)
}

/// `None`: the pool was changed in between.
async fn set(call: &Call<Identity>, input: &Input) -> Result<Option<Output>, Error> {
    let id = input.identity_pool_id.as_deref().unwrap_or_default();
    let old = pools::find_own(&call.host, call.place.account, id).await?;
    let provider = input.identity_provider_name.clone().unwrap_or_default();
    pools::must_have_provider(&old, &provider)?;
    let use_defaults = input.use_defaults.unwrap_or(false);
    let tags = if use_defaults { BTreeMap::new() } else { input.principal_tags.clone().unwrap_or_default() };
    let mut principal_tags = old.principal_tags.clone();
    // Neither defaults nor a map: the provider's claims become no tags.
    match use_defaults || !tags.is_empty() {
        true => principal_tags.insert(provider.clone(), TagMap { use_defaults, tags }),
        false => principal_tags.remove(&provider),
    };
    let new = Pool { principal_tags, modified: call.host.now(), ..(*old.record).clone() };
    let mut batch = call.host.configuration.batch();
    batch.replace(&old, &new)?;
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok(Some(Output::of(&new, provider))),
        Outcome::Conflict(_) => Ok(None),
    }
}
