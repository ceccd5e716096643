//! AssumeRole: a session of a role, for a caller whom the role's trust policy and the caller's own
//! policies let do so.
//!
//! Differences from AWS: no multi-factor authentication; SerialNumber and TokenCode are refused.

use operation::caller::SessionOf;
use operation::check::word;
use operation::session::Bearer;
use operation::{Access, Call, Caller, Gathering, Need, Place, Session, Violations, Visit};
use policy::{Context, Kind, Named};
use serde::{Deserialize, Serialize};
use store::Stored;
use store::records::principals::Role;

use crate::issue::{Plan, role_session};
use crate::session_tags::SessionTags;
use crate::shapes::{AssumedRoleUser, Credentials, PolicyDescriptor, Tag};
use crate::{Error, Sts, callers, roles, session_policies, session_tags, trust};

/// The role, and what shapes the session.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_arn: Option<String>,
    role_session_name: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
    external_id: Option<String>,
    serial_number: Option<String>,
    token_code: Option<String>,
    source_identity: Option<String>,
}

/// The credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    packed_policy_size: Option<u32>,
    source_identity: Option<String>,
}

/// The role as it is now, with its trust policy; what the calling session hands down.
pub struct Facts {
    role: Option<(Stored<Role>, Named)>,
    calling: Option<std::sync::Arc<Session>>,
}

pub fn facts<'a>(visit: &'a Visit<Sts>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        callers::may_assume(visit, input.role_arn.as_deref())?;
        let calling = visit.caller.session().cloned();
        let Some(arn) = input.role_arn.as_deref().and_then(|arn| roles::parse(arn).ok()) else {
            // No policy can be asked about what names no role.
            if !matches!(visit.caller, Caller::Anonymous) {
                input.check()?;
            }
            return Ok(Facts { role: None, calling });
        };
        let Some(role) = roles::find(&visit.host, &arn).await? else { return Ok(Facts { role: None, calling }) };
        let name = format!("trust policy of role `{}`", role.name);
        let trust = visit.host.policies.named(Kind::Trust, name, &role.trust);
        let trust = trust.map_err(|error| Error::Internal(error.to_string().into()))?;
        Ok(Facts { role: Some((role, trust)), calling })
    })
}

pub fn access(input: &Input, place: &Place, facts: &Facts) -> Access {
    let arn = input.role_arn.clone().unwrap_or_default();
    let inherits_tags = facts.calling.as_ref().is_some_and(|session| !session.transitive.is_empty());
    let inherited = facts.calling.as_ref().and_then(|session| session.source_identity.clone());
    let source_identity = inherited.or_else(|| input.source_identity.clone());
    let context = context(input, facts, source_identity.as_deref());
    let need = |action: &'static str| {
        let mut need = Need::on_text(action, arn.clone());
        need.context = context.clone();
        match &facts.role {
            Some((role, trust)) => need.trusted_by(role.account, trust.clone()),
            // No role: nothing trusts the caller. The answer is the same as to a role that does not, whose account is
            // the one that the ARN names.
            None => {
                need.resource_must_allow = true;
                need.owner = roles::parse(&arn).ok().and_then(|arn| arn.account_id()).or(Some(place.account));
                need
            }
        }
    };
    let tags = (!input.tags.is_empty() || inherits_tags).then(|| need("sts:TagSession"));
    let identity = source_identity.is_some().then(|| need("sts:SetSourceIdentity"));
    Access::all([Some(need("sts:AssumeRole")), tags, identity].into_iter().flatten())
}

pub async fn run(call: Call<Sts>, input: Input, facts: Facts) -> Result<Output, Error> {
    input.check()?;
    if input.serial_number.is_some() || input.token_code.is_some() {
        let text = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
        return Err(Error::AccessDenied(text.trim_end().into()));
    }
    let (Some((role, _)), Some(name)) = (facts.role, input.role_session_name) else {
        return Err(Error::Validation(format!("{} is invalid", input.role_arn.unwrap_or_default())));
    };
    if matches!(call.caller, Caller::Root { .. } | Caller::Session { of: SessionOf::Root, .. }) {
        return Err(Error::AccessDenied("Roles may not be assumed by root accounts.".into()));
    }
    let calling = facts.calling.as_deref();
    let source_identity = source_identity(input.source_identity, calling)?;
    let tags = tags(input.tags, input.transitive_tag_keys, calling)?;
    let is_chained = calling.is_some_and(|session| matches!(session.bearer, Bearer::Role { .. }));
    let seconds = roles::duration(input.duration_seconds, &role, is_chained)?;
    let managed_policies =
        session_policies::resolve(&call.host, role.account, input.policy.as_ref(), input.policy_arns).await?;
    let packed_policy_size = session_policies::packed_size(input.policy.as_ref(), &managed_policies, &tags)?;
    let plan = Plan {
        name,
        seconds,
        origin: calling.map(|session| session.origin.clone()),
        who: callers::who(&call.caller),
        home: call.caller.account(),
        provider: None,
        federation: Vec::new(),
        tags,
        source_identity: source_identity.clone(),
        policy: input.policy,
        managed_policies,
        guest: false,
    };
    let issued = role_session(&call, &role, plan)?;
    Ok(Output {
        credentials: (&issued).into(),
        assumed_role_user: (&issued).into(),
        packed_policy_size,
        source_identity,
    })
}

fn context(input: &Input, facts: &Facts, source_identity: Option<&str>) -> Context {
    let mut context = Context::new();
    if let Some(id) = &input.external_id {
        context.set("sts:ExternalId", id.as_str());
    }
    if let Some(name) = &input.role_session_name {
        context.set("sts:RoleSessionName", name.as_str());
    }
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone()?));
    let mut tags = SessionTags {
        tags: input.tags.iter().filter_map(pair).collect(),
        transitive: input.transitive_tag_keys.clone(),
    };
    if let Some(session) = &facts.calling {
        for key in &session.transitive {
            if let Some(value) = session.tags.get(key) {
                tags.tags.insert(key.clone(), value.clone());
                tags.transitive.push(key.clone());
            }
        }
    }
    if let Some((role, _)) = &facts.role {
        trust::of_role(&mut context, role);
    }
    trust::of_tags(&mut context, &tags, source_identity);
    context
}

/// Once set it cannot change.
fn source_identity(asked: Option<String>, calling: Option<&Session>) -> Result<Option<String>, Error> {
    match (asked, calling.and_then(|session| session.source_identity.clone())) {
        (Some(asked), Some(inherited)) if asked != inherited => {
            Err(Error::AccessDenied("The source identity of a session cannot be changed.".into()))
        }
        (asked, inherited) => Ok(inherited.or(asked)),
    }
}

fn tags(asked: Vec<Tag>, transitive: Vec<String>, calling: Option<&Session>) -> Result<SessionTags, Error> {
    let pairs = asked.into_iter().filter_map(|tag| Some((tag.key?, tag.value?)));
    let tags = SessionTags::new(pairs, transitive)?;
    match calling {
        Some(session) => tags.inherit(&session.tags, &session.transitive),
        None => Ok(tags),
    }
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        roles::check(&mut violations, self.role_arn.as_ref(), self.role_session_name.as_ref());
        roles::check_duration(&mut violations, self.duration_seconds);
        session_policies::check(&mut violations, self.policy.as_ref(), &self.policy_arns);
        session_tags::check(&mut violations, &self.tags, &self.transitive_tag_keys);
        session_tags::check_source_identity(&mut violations, self.source_identity.as_ref());
        if let Some(id) = &self.external_id {
            let shaped = |c: char| word(c) || "+=,.@:/-".contains(c);
            violations.length("externalId", id, 2, 1224).pattern("externalId", id, "[\\w+=,.@:\\/-]*", shaped);
        }
        violations.finish()?;
        roles::parse(self.role_arn.as_deref().unwrap_or_default())?;
        Ok(())
    }
}
