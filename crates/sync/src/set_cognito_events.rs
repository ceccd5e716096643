//! SetCognitoEvents: sets the function of an event, or removes it where the value is empty. Events that are not named
//! stay as they are.
//!
//! Differences from AWS: refused where no server for functions is configured; the function's own policy is that
//! server's affair.

use std::collections::BTreeMap;

use operation::{Access, Call, Place, Violations};
use serde::Deserialize;
use vocab::Arn;
use wire::rest::{Content, Route};

use crate::get_cognito_events::SYNC_TRIGGER;
use crate::{Error, Sync, checks, pool_settings, reach, resources};

pub const ROUTE: Route = Route {
    body: Content::Members(""),
    ..Route::new("SetCognitoEvents", "POST", "/identitypools/{IdentityPoolId}/events")
};

/// The pool and its functions, by event.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    events: Option<BTreeMap<String, Option<String>>>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    resources::on_pool("cognito-sync:SetCognitoEvents", place, Some(&input.identity_pool_id))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<(), Error> {
    let mut violations = Violations::new();
    checks::pool_id(&mut violations, &input.identity_pool_id);
    violations.required("events", input.events.as_ref());
    let events = input.events.unwrap_or_default();
    violations.count("events", events.len(), 0, 1);
    violations.finish()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    let Some((event, function)) = events.into_iter().next() else { return Ok(()) };
    if event != SYNC_TRIGGER {
        return Err(Error::InvalidParameter(format!("{} is no event.", event.chars().take(100).collect::<String>())));
    }
    let function = function.filter(|function| !function.is_empty());
    if let Some(function) = &function {
        let arn: Option<Arn> = function.parse().ok();
        let is_own = arn.is_some_and(|arn| {
            arn.service() == "lambda"
                && arn.account_id() == Some(pool.account)
                && arn.resource().starts_with("function:")
        });
        if !is_own {
            return Err(Error::InvalidParameter(format!("{function} is no function of this account.")));
        }
        if call.state.functions.is_none() {
            return Err(Error::InvalidParameter("No server for functions is configured.".into()));
        }
    }
    pool_settings::change(&call, &pool, |mut settings| {
        settings.trigger = function;
        settings
    })
    .await
    // This page knows no ConcurrentModificationException.
    .map_err(|error| if matches!(error, Error::ConcurrentModification) { Error::TooManyRequests } else { error })?;
    Ok(())
}
