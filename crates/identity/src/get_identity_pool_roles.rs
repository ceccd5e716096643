//! GetIdentityPoolRoles: the roles of a pool.
//!
//! Differences from AWS: RoleMappings cannot be set, so none are answered.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::{Error, Identity, checks, pools};

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
    Ok(Output { identity_pool_id: pool.id.to_string(), roles })
}
