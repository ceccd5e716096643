//! DescribeIdentity: an identity with the names of its login providers.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Need, Place, Violations};
use serde::Deserialize;

use crate::shapes::IdentityDescription;
use crate::{Error, Identity, checks, pools};

/// The identity.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::all([Need::on_text("cognito-identity:DescribeIdentity", "*")])
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<IdentityDescription, Error> {
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
