//! DescribeIdentity: an identity with the names of its login providers.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Need, Place, Violations, Visit};
use serde::Deserialize;
use store::records::pools::Pool;
use vocab::{Arn, IdentityId};

use crate::shapes::IdentityDescription;
use crate::{Error, Identity, checks, pools};

/// The identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
}

/// The ARN of the identity's pool: what conditions on `cognito-identity:IdentityPoolArn` ask for.
pub fn facts<'a>(visit: &'a Visit<Identity>, input: &'a Input) -> Gathering<'a, Option<Arn>, Error> {
    Box::pin(async move {
        let Some(id) = input.identity_id.as_deref().and_then(|id| id.parse::<IdentityId>().ok()) else {
            return Ok(None);
        };
        let Some(identity) = visit.host.identities.get(&id).await? else { return Ok(None) };
        let pool = visit.host.configuration.get::<Pool>(&identity.pool.to_string()).await?;
        let own = pool.filter(|pool| !pool.deleted && pool.account == visit.place.account);
        Ok(own.map(|pool| Arn::identity_pool(pool.id.region(), pool.account, &pool.id)))
    })
}

pub fn access(_: &Input, _: &Place, pool: &Option<Arn>) -> Access {
    let need = Need::on_text("cognito-identity:DescribeIdentity", "*");
    Access::all([match pool {
        Some(arn) => need.with("cognito-identity:IdentityPoolArn", arn.as_str()),
        None => need,
    }])
}

pub async fn run(call: Call<Identity>, input: Input, _: Option<Arn>) -> Result<IdentityDescription, Error> {
    let mut violations = Violations::new();
    checks::identity_id(&mut violations, input.identity_id.as_ref());
    violations.finish()?;
    let id = input.identity_id.unwrap_or_default();
    let (identity, pool) = pools::of_identity(&call.host, &id).await?;
    if pool.account != call.place.account {
        return Err(Error::ResourceNotFound(format!("Identity '{id}' not found.")));
    }
    Ok((&*identity.record).into())
}
