//! GetIdentityPoolRoles: the roles and role mappings of a pool.
//!
//! Differences from AWS: none known.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::shapes::RoleMapping;
use crate::{Error, Identity, checks, mappings, pools};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
}

/// Its roles.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    identity_pool_id: String,
    roles: BTreeMap<String, String>,
    role_mappings: Option<BTreeMap<String, RoleMapping>>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:GetIdentityPoolRoles", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<Output, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    violations.finish()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let roles = pool.roles.iter().map(|(kind, arn)| (kind.clone(), arn.to_string())).collect();
    let role_mappings: BTreeMap<String, RoleMapping> =
        pool.role_mappings.iter().map(|(provider, mapping)| (provider.clone(), mappings::shown(mapping))).collect();
    let role_mappings = Some(role_mappings).filter(|mappings| !mappings.is_empty());
    Ok(Output { identity_pool_id: pool.id.to_string(), roles, role_mappings })
}
