//! The decision: every policy of both sides, weighed as AWS weighs them.

use vocab::AccountId;

use crate::action::{self, Lowered};
use crate::arn_pattern::Target;
use crate::context::Context;
use crate::decision::{Decision, PolicyType, Reason};
use crate::policy::{Kind, Named};
use crate::principal::{Grant, Principal};
use crate::statement::Facts;

/// What is to be decided.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Name`.
    pub action: &'a str,
    /// The ARN of what is acted on, or `*` for actions without a resource.
    pub resource: &'a str,
    /// The account that owns the resource; `None` where nobody but the caller's account can be meant.
    pub resource_account: Option<AccountId>,
    /// The condition keys.
    pub context: &'a Context,
}

/// Everything that has a say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// Of the user and its groups, or of the role.
    pub identity: &'a [Named],
    /// The permissions boundary; `None` where there is none. An empty one permits nothing.
    pub boundary: Option<&'a [Named]>,
    /// The session policies, inline and managed together; `None` where the session has none.
    pub session: Option<&'a [Named]>,
    /// The policy of the resource.
    pub resource: Option<&'a Named>,
    /// The policy of the resource must permit the request even to callers of its own account: role trust policies.
    pub resource_must_allow: bool,
    /// Service control policies, one list a level, the root of the organisation first.
    pub service_control: &'a [Vec<Named>],
    /// Resource control policies, one list a level, the root of the organisation first.
    pub resource_control: &'a [Vec<Named>],
}

/// Decides a request. The answer depends on nothing but the arguments.
pub fn decide(request: &Request<'_>, policies: &Policies<'_>) -> Decision {
    let action = Lowered::new(request.action);
    match weigh(request, policies, &facts(request, policies, &action)) {
        Ok(()) => Decision::Allowed,
        Err(reason) => Decision::Denied(reason),
    }
}

/// What statements of identity policies look at.
pub(crate) fn facts<'a>(request: &Request<'a>, policies: &Policies<'_>, lowered: &'a Lowered) -> Facts<'a> {
    let action = lowered.text();
    let target = Target::of(request.resource);
    Facts {
        principal: request.principal,
        action: action::cut(action),
        target,
        texts: (action, if target.is_arn() { request.resource } else { "" }),
        context: request.context,
        bounded: policies.boundary.is_some(),
        says_who: false,
    }
}

impl Policies<'_> {
    /// What the policy of the resource is called.
    pub(crate) fn resource_type(&self) -> PolicyType {
        // The policy of a key must permit too, and is no trust policy.
        let trusts = self.resource.is_none_or(|named| named.policy.kind() == Kind::Trust);
        if self.resource_must_allow && trusts { PolicyType::Trust } else { PolicyType::Resource }
    }
}

fn weigh(request: &Request<'_>, policies: &Policies<'_>, facts: &Facts<'_>) -> Result<(), Reason> {
    let at_resource = &Facts { says_who: true, ..*facts };
    let own = request.principal.account();
    // The organisation of the caller has no say over callers without an account.
    let service_control = if own.is_some() { policies.service_control } else { &[] };
    let resource = policies.resource.map(std::slice::from_ref).unwrap_or_default();
    let resource_type = policies.resource_type();

    levels(policies.resource_control).try_for_each(|level| spare(level, at_resource, PolicyType::ResourceControl))?;
    levels(service_control).try_for_each(|level| spare(level, facts, PolicyType::ServiceControl))?;
    spare(resource, at_resource, resource_type)?;
    spare(policies.identity, facts, PolicyType::Identity)?;
    spare(policies.boundary.unwrap_or_default(), facts, PolicyType::Boundary)?;
    spare(policies.session.unwrap_or_default(), facts, PolicyType::Session)?;

    for level in levels(policies.resource_control) {
        need(permit(level, at_resource), PolicyType::ResourceControl)?;
    }
    for level in levels(service_control) {
        need(permit(level, facts), PolicyType::ServiceControl)?;
    }
    let granted = permit(resource, at_resource);
    let same_account = own.is_some() && request.resource_account.is_none_or(|owner| Some(owner) == own);
    match request.principal {
        Principal::Anonymous | Principal::Federated { .. } | Principal::Service { .. } => {
            return need(granted, resource_type);
        }
        Principal::Root { .. } if same_account && !policies.resource_must_allow => return Ok(()),
        Principal::Root { .. } => return need(granted, resource_type),
        Principal::User { .. } | Principal::Session { .. } | Principal::FederatedUser { .. } => {}
    }
    if same_account && granted == Some(Grant::Direct) {
        return Ok(());
    }
    if policies.resource_must_allow || !same_account {
        need(granted, resource_type)?;
    }
    if !(same_account && granted == Some(Grant::Parent)) {
        need(of_identity(request.principal, policies, facts), PolicyType::Identity)?;
    }
    for (limit, policy_type) in [(policies.boundary, PolicyType::Boundary), (policies.session, PolicyType::Session)] {
        if let Some(limit) = limit {
            need(permit(limit, facts), policy_type)?;
        }
    }
    Ok(())
}

/// What identity policies grant. A federated user has of its user's permissions what a session policy repeats, and
/// without one nothing. Where root made the session, that is everything.
fn of_identity(caller: &Principal, policies: &Policies<'_>, facts: &Facts<'_>) -> Option<Grant> {
    match caller {
        Principal::FederatedUser { .. } if policies.session.is_none() => None,
        Principal::FederatedUser { user, .. } if user.resource() == "root" => Some(Grant::Direct),
        Principal::Anonymous
        | Principal::Root { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Federated { .. }
        | Principal::Service { .. } => permit(policies.identity, facts),
    }
}

/// Fails where one of the policies forbids the request.
fn spare(policies: &[Named], facts: &Facts<'_>, policy_type: PolicyType) -> Result<(), Reason> {
    let forbidden = policies.iter().any(|named| named.policy.forbids(facts));
    if forbidden { Err(Reason::ExplicitDeny(policy_type)) } else { Ok(()) }
}

/// How closely one of the policies permits the request.
fn permit(policies: &[Named], facts: &Facts<'_>) -> Option<Grant> {
    policies.iter().filter_map(|named| named.policy.permits(facts)).max()
}

fn need(granted: Option<Grant>, policy_type: PolicyType) -> Result<(), Reason> {
    granted.map(|_| ()).ok_or(Reason::Implicit(policy_type))
}

fn levels(levels: &[Vec<Named>]) -> impl Iterator<Item = &[Named]> {
    levels.iter().map(Vec::as_slice)
}
