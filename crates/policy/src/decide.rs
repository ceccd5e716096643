//! The decision: every policy of both sides, weighed as AWS weighs them.

use vocab::AccountId;

use crate::action::Lowered;
use crate::arn_pattern::Target;
use crate::context::Context;
use crate::decision::{Decision, PolicyType, Reason};
use crate::policy::Named;
use crate::principal::{Grant, Principal};
use crate::statement::{Effect, Facts};

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
pub(crate) fn facts<'a>(request: &Request<'a>, policies: &Policies<'_>, action: &'a Lowered) -> Facts<'a> {
    Facts {
        principal: request.principal,
        action: action.parts(),
        target: Target::of(request.resource),
        context: request.context,
        bounded: policies.boundary.is_some(),
        says_who: false,
    }
}

impl Policies<'_> {
    /// What the policy of the resource is called.
    pub(crate) fn resource_type(&self) -> PolicyType {
        if self.resource_must_allow { PolicyType::Trust } else { PolicyType::Resource }
    }
}

/// What a set of policies says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Deny,
    Allow(Grant),
    Silent,
}

fn weigh(request: &Request<'_>, policies: &Policies<'_>, facts: &Facts<'_>) -> Result<(), Reason> {
    let at_resource = Facts { says_who: true, ..*facts };
    // The organisation of the caller has no say over callers without an account.
    let service_control = if request.principal.account().is_some() { policies.service_control } else { &[] };

    let resource_control = levels(policies.resource_control, &at_resource);
    let service_control = levels(service_control, facts);
    let resource =
        policies.resource.map_or(Verdict::Silent, |policy| verdict(std::slice::from_ref(policy), &at_resource));
    let identity = verdict(policies.identity, facts);
    let boundary = policies.boundary.map_or(UNLIMITED, |boundary| verdict(boundary, facts));
    let session = policies.session.map_or(UNLIMITED, |session| verdict(session, facts));

    for (verdict, policy_type) in [
        (resource_control, PolicyType::ResourceControl),
        (service_control, PolicyType::ServiceControl),
        (resource, policies.resource_type()),
        (identity, PolicyType::Identity),
        (boundary, PolicyType::Boundary),
        (session, PolicyType::Session),
    ] {
        if verdict == Verdict::Deny {
            return Err(Reason::ExplicitDeny(policy_type));
        }
    }
    need(resource_control, PolicyType::ResourceControl)?;
    need(service_control, PolicyType::ServiceControl)?;
    let own = request.principal.account();
    let same_account = own.is_some() && request.resource_account.is_none_or(|owner| Some(owner) == own);
    match request.principal {
        Principal::Anonymous | Principal::Federated { .. } | Principal::Service { .. } => {
            return need(resource, policies.resource_type());
        }
        Principal::Root { .. } if same_account && !policies.resource_must_allow => return Ok(()),
        Principal::Root { .. } => return need(resource, policies.resource_type()),
        Principal::User { .. } | Principal::Session { .. } | Principal::FederatedUser { .. } => {}
    }
    if same_account && resource == Verdict::Allow(Grant::Direct) {
        return Ok(());
    }
    if policies.resource_must_allow || !same_account {
        need(resource, policies.resource_type())?;
    }
    if !(same_account && resource == Verdict::Allow(Grant::Parent)) {
        need(of_federated_user(request.principal, policies, identity), PolicyType::Identity)?;
    }
    need(boundary, PolicyType::Boundary)?;
    need(session, PolicyType::Session)
}

/// A federated user has of its user's permissions what a session policy repeats, and without one nothing. Where root
/// made the session, that is everything.
fn of_federated_user(caller: &Principal, policies: &Policies<'_>, identity: Verdict) -> Verdict {
    match caller {
        Principal::FederatedUser { .. } if policies.session.is_none() => Verdict::Silent,
        Principal::FederatedUser { user, .. } if user.resource() == "root" => UNLIMITED,
        Principal::Anonymous
        | Principal::Root { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Federated { .. }
        | Principal::Service { .. } => identity,
    }
}

fn need(verdict: Verdict, policy_type: PolicyType) -> Result<(), Reason> {
    match verdict {
        Verdict::Allow(_) => Ok(()),
        Verdict::Deny | Verdict::Silent => Err(Reason::Implicit(policy_type)),
    }
}

/// What the policies say together: a Deny of any, else the closest Allow of any.
fn verdict(policies: &[Named], facts: &Facts<'_>) -> Verdict {
    let mut closest = None;
    for statement in policies.iter().flat_map(|named| &named.policy.statements) {
        match (statement.effect, statement.applies(facts)) {
            (_, None) => {}
            (Effect::Deny, Some(_)) => return Verdict::Deny,
            (Effect::Allow, grant) => closest = closest.max(grant),
        }
    }
    closest.map_or(Verdict::Silent, Verdict::Allow)
}

/// What an organisation says: a Deny at any level, else an Allow at every level.
fn levels(levels: &[Vec<Named>], facts: &Facts<'_>) -> Verdict {
    let mut together = UNLIMITED;
    for level in levels {
        match verdict(level, facts) {
            Verdict::Deny => return Verdict::Deny,
            Verdict::Allow(_) => {}
            Verdict::Silent => together = Verdict::Silent,
        }
    }
    together
}

const UNLIMITED: Verdict = Verdict::Allow(Grant::Direct);
