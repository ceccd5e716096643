//! DeleteIdentityPool: the pool is gone at once; its identities are deleted in the background. Credentials
//! that were issued live on until they expire.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;
use store::Outcome;
use store::records::pools::Pool;

use crate::pools::{NamesPool, PoolTags, on_pool};
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
    on_pool("cognito-identity:DeleteIdentityPool", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<(), Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    violations.finish()?;
    let old = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let new = Pool { deleted: true, modified: call.host.now(), ..(*old.record).clone() };
    let mut batch = call.host.configuration.batch();
    batch.replace(&old, &new)?;
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok(()),
        Outcome::Conflict(_) => Err(Error::TooManyRequests),
    }
}
