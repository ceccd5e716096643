//! GetSessionToken: temporary credentials of the calling user or root.
//!
//! No policy is asked: the session can do no more than the key that asks. Credentials of a user's session reach
//! neither IAM nor the rest of STS.
//! Differences from AWS: no multi-factor authentication; SerialNumber and TokenCode are refused.

use operation::session::Bearer;
use operation::{Access, Call, Caller, Place, Violations};
use serde::{Deserialize, Serialize};

use crate::issue::{Acting, Plan, session};
use crate::shapes::Credentials;
use crate::{Error, Sts, callers, roles};

/// How long it is to last.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    duration_seconds: Option<u32>,
    serial_number: Option<String>,
    token_code: Option<String>,
}

/// The credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::Signed
}

pub async fn run(call: Call<Sts>, input: Input) -> Result<Output, Error> {
    let mut violations = Violations::new();
    roles::check_long_duration(&mut violations, input.duration_seconds);
    violations.finish()?;
    if input.serial_number.is_some() || input.token_code.is_some() {
        let text = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
        return Err(Error::AccessDenied(text.into()));
    }
    let asked = input.duration_seconds.unwrap_or(roles::DEFAULT_LONG_DURATION);
    let (user, seconds) = match &call.caller {
        Caller::User { user, .. } => (Some(user.name.clone()), asked),
        Caller::Root { .. } => (None, asked.min(LONGEST_OF_ROOT)),
        Caller::Session { .. } | Caller::Anonymous => return Err(callers::with_session("GetSessionToken")),
    };
    let arn = call.caller.arn().ok_or_else(|| callers::with_session("GetSessionToken"))?;
    let acting = Acting { bearer: Bearer::User, user_id: call.caller.user_id(), arn };
    let plan = Plan { seconds, who: callers::who(&call.caller), ..Plan::default() };
    let issued = session(&call, call.place.account, user, acting, plan)?;
    Ok(Output { credentials: (&issued).into() })
}

/// Longer requests of a root are cut to an hour.
const LONGEST_OF_ROOT: u32 = 3600;
