//! Roles that let this service act for an account: to push, to write to a stream.

use operation::Host;
use policy::{Context, Decision, Kind, Policies, Principal, Request};
use store::records::pools::Pool;
use store::records::principals::{Role, named};
use vocab::Arn;

use crate::Error;

/// Whether there is such a role in the pool's account, and its trust policy lets this service in for the pool.
pub async fn trusts(host: &Host, pool: &Pool, arn: &Arn) -> Result<bool, Error> {
    let name = arn.resource().rsplit('/').next().unwrap_or_default();
    let role = host.configuration.get::<Role>(&named(pool.account, name)).await?;
    let Some(role) = role.filter(|role| role.arn() == *arn) else { return Ok(false) };
    let trust = host.policies.named(Kind::Trust, format!("trust policy of role `{name}`"), &role.trust);
    // A policy that cannot be read lets nobody in, and holds up nobody else.
    let Ok(trust) = trust else { return Ok(false) };
    let now = host.now();
    let mut context = Context::new();
    context.set("aws:CurrentTime", now.iso8601());
    context.set("aws:EpochTime", now.seconds());
    context.set("aws:PrincipalIsAWSService", true);
    context.set("aws:SourceAccount", pool.account.to_string());
    context.set("aws:SourceArn", Arn::identity_pool(pool.id.region(), pool.account, &pool.id).to_string());
    let policies = Policies {
        resource: Some(&trust),
        resource_must_allow: true,
        resource_control: host.organization.resource_control_of(ACTION),
        ..Policies::default()
    };
    let request = Request {
        principal: &Principal::Service { name: SERVICE.into() },
        action: ACTION,
        resource: arn.as_str(),
        resource_account: Some(pool.account),
        context: &context,
    };
    Ok(policy::decide(&request, &policies) == Decision::Allowed)
}

/// The name by which trust policies know this service.
pub const SERVICE: &str = "cognito-sync.amazonaws.com";
const ACTION: &str = "sts:AssumeRole";
