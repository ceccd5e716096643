//! UpdateIdentityPool: replaces everything that CreateIdentityPool sets; members left out return to their
//! defaults. The developer provider cannot be changed once it is set, and is kept when it is left out.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use store::Outcome;
use store::records::pools::Pool;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::shapes::IdentityPool;
use crate::{Error, Identity, checks, pools};

/// What the pool is to be set to.
pub type Input = IdentityPool;

impl NamesPool for IdentityPool {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:UpdateIdentityPool", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<IdentityPool, Error> {
    let mut violations = operation::Violations::new();
    checks::pool_id(&mut violations, input.identity_pool_id.as_ref());
    violations.finish()?;
    let id = input.identity_pool_id.clone().unwrap_or_default();
    let old = pools::find_own(&call.host, call.place.account, &id).await?;
    let new = pools::checked(&call.host, input, old.id.clone(), old.account)?;
    let developer_provider = match (&old.developer_provider, new.developer_provider) {
        (Some(old), Some(new)) if *old != new => {
            return Err(Error::InvalidParameter(
                "The developer provider name cannot be changed once it is set.".into(),
            ));
        }
        (old, new) => new.or(old.clone()),
    };
    let new = Pool {
        developer_provider,
        roles: old.roles.clone(),
        role_mappings: old.role_mappings.clone(),
        principal_tags: old.principal_tags.clone(),
        created: old.created,
        ..new
    };
    pools::refuse_mistakable(&new)?;
    let mut batch = call.host.configuration.batch();
    batch.replace(&old, &new)?;
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok((&new).into()),
        Outcome::Conflict(_) => Err(Error::ConcurrentModification),
    }
}
