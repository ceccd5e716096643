//! GetCallerIdentity: who signed the request.
//!
//! Any valid caller; no policy is asked, not even an explicit deny.
//! Differences from AWS: none known.

use operation::{Access, Call, Place};
use serde::{Deserialize, Serialize};

use crate::{Error, Sts};

/// Nothing.
#[derive(Deserialize)]
pub struct Input {}

/// Who it is.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user_id: String,
    account: String,
    arn: String,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::Signed
}

pub async fn run(call: Call<Sts>, _: Input) -> Result<Output, Error> {
    let anonymous = || Error::AccessDenied("the caller has no ARN".into());
    let arn = call.caller.arn().ok_or_else(anonymous)?;
    Ok(Output { user_id: call.caller.user_id(), account: call.place.account.to_string(), arn: arn.into() })
}
