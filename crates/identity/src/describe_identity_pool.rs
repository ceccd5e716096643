//! DescribeIdentityPool: what a pool is set to.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::shapes::IdentityPool;
use crate::{Error, Identity, checks, pools};

/// The pool.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: Option<String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:DescribeIdentityPool", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<IdentityPool, Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    violations.finish()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    Ok((&*pool.record).into())
}
