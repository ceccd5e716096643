//! Roles that are to be assumed.

use operation::check::word;
use operation::{Host, Violations};
use store::Stored;
use store::records::principals::{Role, named};
use vocab::Arn;

use crate::Error;

/// The constraints of a role ARN and a session name.
pub fn check(violations: &mut Violations, role_arn: Option<&String>, session_name: Option<&String>) {
    violations.required("roleArn", role_arn).required("roleSessionName", session_name);
    if let Some(arn) = role_arn {
        violations.length("roleArn", arn, 20, 2048);
    }
    if let Some(name) = session_name {
        let allowed = |c: char| word(c) || "+=,.@-".contains(c);
        violations.length("roleSessionName", name, 2, 64).pattern("roleSessionName", name, "[\\w+=,.@-]*", allowed);
    }
}

/// An ARN that names a role.
pub fn parse(arn: &str) -> Result<Arn, Error> {
    let parsed: Option<Arn> = arn.parse().ok();
    let is_role = |arn: &Arn| {
        arn.service() == "iam"
            && arn.account_id().is_some()
            && arn.typed_resource().is_some_and(|(kind, _)| kind == "role")
    };
    parsed.filter(is_role).ok_or_else(|| Error::Validation(format!("{arn} is invalid")))
}

/// The role with exactly this ARN.
pub async fn find(host: &Host, arn: &Arn) -> Result<Option<Stored<Role>>, store::Error> {
    let Some(account) = arn.account_id().filter(|account| host.serves(*account)) else { return Ok(None) };
    let name = arn.resource().rsplit('/').next().unwrap_or_default();
    let role = host.configuration.get::<Role>(&named(account, name)).await?;
    Ok(role.filter(|role| role.arn() == *arn))
}

/// The session's length: what was asked for, within the role's own limit.
pub fn duration(asked: Option<u32>, role: &Role, is_chained: bool) -> Result<u32, Error> {
    let seconds = asked.unwrap_or(DEFAULT_DURATION);
    if is_chained && seconds > DEFAULT_DURATION {
        let text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
        return Err(Error::Validation(text.into()));
    }
    if seconds > role.max_session_duration {
        let text = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        return Err(Error::Validation(text.into()));
    }
    Ok(seconds)
}

/// The constraint of DurationSeconds.
pub fn check_duration(violations: &mut Violations, seconds: Option<u32>) {
    if let Some(seconds) = seconds {
        violations.range("durationSeconds", i64::from(seconds), 900, 43_200);
    }
}

/// The constraint of DurationSeconds where a user asks for a session of its own.
pub fn check_long_duration(violations: &mut Violations, seconds: Option<u32>) {
    if let Some(seconds) = seconds {
        violations.range("durationSeconds", i64::from(seconds), 900, 129_600);
    }
}

/// Seconds, where a user asks for a session of its own.
pub const DEFAULT_LONG_DURATION: u32 = 43_200;
/// Seconds.
const DEFAULT_DURATION: u32 = 3600;
