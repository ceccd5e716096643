//! CreateIdentityPool: a new pool. Names need not be unique.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Need, Place};
use store::Outcome;
use store::records::pools::Pool;
use vocab::PoolId;

use crate::shapes::IdentityPool;
use crate::{Error, Identity, pools};

/// What the pool is set to, without an id.
pub type Input = IdentityPool;

pub fn access(input: &Input, _: &Place) -> Access {
    let mut need = Need::on_text("cognito-identity:CreateIdentityPool", "*");
    if let Some(tags) = &input.identity_pool_tags {
        for (key, value) in tags {
            need.context.set(format!("aws:RequestTag/{key}"), value.as_str());
        }
        need.context.set("aws:TagKeys", tags.keys().cloned().collect::<Vec<_>>());
    }
    Access::all([need])
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<IdentityPool, Error> {
    let account = call.place.account;
    let id = PoolId::draw(&call.place.region, &*call.host.random);
    let pool = pools::checked(&call.host, input, id, account)?;
    let own = call.host.configuration.held::<Pool>("")?.into_iter().filter(|pool| pool.account == account).count();
    if own >= call.host.quotas.pools {
        return Err(Error::LimitExceeded(format!("The account has {own} identity pools already.")));
    }
    let mut batch = call.host.configuration.batch();
    batch.insert(&pool)?;
    match call.host.configuration.commit(batch).await? {
        Outcome::Committed => Ok((&pool).into()),
        Outcome::Conflict(_) => Err(Error::TooManyRequests),
    }
}
