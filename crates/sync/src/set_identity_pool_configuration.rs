//! SetIdentityPoolConfiguration: sets push, streams, or both. The caller must be allowed to pass the roles, and the roles
//! must let this service in for the pool.
//!
//! Differences from AWS: a member that is left out stays as it was; an empty `PushSync` switches push off.

use operation::{Access, Call, Need, Place, Violations};
use policy::Decision;
use serde::Deserialize;
use store::records::pools::Pool;
use store::records::syncing::{Push, Stream};
use vocab::Arn;
use wire::rest::{Content, Route};

use crate::shapes::{CognitoStreams, ENABLED, PoolConfiguration, PushSync};
use crate::{Error, Sync, checks, pool_settings, reach, resources, service_roles};

pub const ROUTE: Route = Route {
    body: Content::Members(""),
    answer: Content::Members(""),
    ..Route::new("SetIdentityPoolConfiguration", "POST", "/identitypools/{IdentityPoolId}/configuration")
};

/// The pool, and what is set on it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_pool_id: String,
    push_sync: Option<PushSync>,
    cognito_streams: Option<CognitoStreams>,
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let pool = &input.identity_pool_id;
    let own = Need::on_text("cognito-sync:SetIdentityPoolConfiguration", resources::pool_arn(place, Some(pool)));
    let associated = pool.parse().ok().map(|id| Arn::identity_pool(&place.region, place.account, &id).to_string());
    let passed = input.roles().map(|role| {
        let need = Need::on_text("iam:PassRole", role).with("iam:PassedToService", service_roles::SERVICE);
        let mut need = need.asked();
        need.context.set_some("iam:AssociatedResourceArn", associated.clone());
        need
    });
    Access::all(std::iter::once(own).chain(passed))
}

pub async fn run(call: Call<Sync>, input: Input, (): ()) -> Result<PoolConfiguration, Error> {
    input.check()?;
    let pool = reach::pool(&call, &input.identity_pool_id).await?;
    for (role, decision) in input.roles().zip(&call.decisions) {
        if matches!(decision, Decision::Denied(_)) {
            return Err(not_passed(role));
        }
    }
    let push = match &input.push_sync {
        Some(push) => Some(push_of(&call, &pool, push).await?),
        None => None,
    };
    let stream = match &input.cognito_streams {
        Some(streams) => Some(stream_of(&call, &pool, streams).await?),
        None => None,
    };
    let settings = pool_settings::change(&call, &pool, |mut settings| {
        if let Some(push) = push {
            settings.push = push;
        }
        if let Some(stream) = stream {
            settings.stream = stream;
        }
        settings
    });
    Ok(PoolConfiguration::of(settings.await?))
}

/// `None`: push is off.
async fn push_of(call: &Call<Sync>, pool: &Pool, push: &PushSync) -> Result<Option<Push>, Error> {
    let applications = push.application_arns.clone().unwrap_or_default();
    if applications.is_empty() && push.role_arn.is_none() {
        return Ok(None);
    }
    let foreign = applications.iter().find(|arn| arn.split(':').nth(4) != Some(&*pool.account.to_string()));
    if let Some(arn) = foreign {
        return Err(Error::InvalidParameter(format!("Application {arn} is of another account.")));
    }
    let role = push.role_arn.as_deref().ok_or_else(|| Error::InvalidParameter("RoleArn is required.".into()))?;
    Ok(Some(Push { applications, role: Some(role_of(call, pool, role).await?) }))
}

/// `None`: there is no stream.
async fn stream_of(call: &Call<Sync>, pool: &Pool, streams: &CognitoStreams) -> Result<Option<Stream>, Error> {
    let CognitoStreams { stream_name, role_arn, streaming_status } = streams;
    if stream_name.is_none() && role_arn.is_none() && streaming_status.is_none() {
        return Ok(None);
    }
    let missing = |what: &str| Error::InvalidParameter(format!("{what} is required."));
    let name = stream_name.clone().ok_or_else(|| missing("StreamName"))?;
    let role = role_arn.as_deref().ok_or_else(|| missing("RoleArn"))?;
    let is_enabled = streaming_status.as_deref().is_none_or(|status| status == ENABLED);
    if is_enabled && !call.state.telling.has_stream_sink() {
        let text = format!("Stream {name} not found: no sink for streams is configured.");
        return Err(Error::InvalidParameter(text));
    }
    Ok(Some(Stream { name, role: Some(role_of(call, pool, role).await?), is_enabled }))
}

async fn role_of(call: &Call<Sync>, pool: &Pool, text: &str) -> Result<Arn, Error> {
    let arn: Arn = text.parse().map_err(|_| not_passed(text))?;
    if service_roles::trusts(&call.host, pool, &arn).await? { Ok(arn) } else { Err(not_passed(text)) }
}

fn not_passed(role: &str) -> Error {
    Error::InvalidParameter(format!("Role {role} cannot be passed to {}.", service_roles::SERVICE))
}

impl Input {
    /// The roles that are passed, in this order.
    fn roles(&self) -> impl Iterator<Item = &str> {
        let push = self.push_sync.as_ref().and_then(|push| push.role_arn.as_deref());
        let streams = self.cognito_streams.as_ref().and_then(|streams| streams.role_arn.as_deref());
        push.into_iter().chain(streams)
    }

    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::pool_id(&mut violations, &self.identity_pool_id);
        if let Some(push) = &self.push_sync {
            let arns = push.application_arns.as_deref().unwrap_or_default();
            violations.count("pushSync.applicationArns", arns.len(), 0, MOST_APPLICATIONS);
            for (number, arn) in arns.iter().enumerate().take(MOST_APPLICATIONS) {
                let path = format!("pushSync.applicationArns.{}.member", number + 1);
                violations.satisfies(&path, arn, APPLICATION, is_application(arn));
            }
        }
        for role in self.roles() {
            violations.length("roleArn", role, 20, 2048).satisfies("roleArn", role, ROLE, is_role(role));
        }
        if let Some(streams) = &self.cognito_streams {
            if let Some(name) = &streams.stream_name {
                violations.length("cognitoStreams.streamName", name, 1, 128);
            }
            if let Some(status) = &streams.streaming_status {
                violations.one_of("cognitoStreams.streamingStatus", status, &[ENABLED, "DISABLED"]);
            }
        }
        Ok(violations.finish()?)
    }
}

fn is_application(arn: &str) -> bool {
    let read = || {
        let (region, rest) = arn.strip_prefix("arn:aws:sns:")?.split_once(':')?;
        let (account, rest) = rest.split_once(":app/")?;
        let (platform, name) = rest.split_once('/')?;
        let all = |text: &str, allowed: fn(u8) -> bool| !text.is_empty() && text.bytes().all(allowed);
        let region = all(region, |byte| byte == b'-' || byte.is_ascii_digit() || byte.is_ascii_lowercase());
        let account = all(account, |byte| byte.is_ascii_digit());
        let platform = all(platform, |byte| byte == b'_' || byte.is_ascii_uppercase());
        Some(region && account && platform && all(name, |byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)))
    };
    arn.len() <= 2048 && read().unwrap_or(false)
}

fn is_role(arn: &str) -> bool {
    let account = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
    account.is_some_and(|(account, _)| !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit()))
}

const APPLICATION: &str = "arn:aws:sns:[-0-9a-z]+:\\d+:app/[A-Z_]+/[a-zA-Z0-9_.-]+";
const ROLE: &str = "arn:aws:iam::\\d+:role/.*";
/// Four platforms, and a few applications of each.
const MOST_APPLICATIONS: usize = 100;
