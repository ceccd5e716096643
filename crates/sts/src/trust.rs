//! Whether a role's trust policy lets a federated principal in. Here the trust policy *is* the operation: there is no
//! caller, and but for resource control policies no other is asked (`spec/policy-language.md`, section 11).

use operation::Visit;
use operation::session::Federated;
use policy::{Context, Decision, Kind, Policies, Principal, Request};
use store::records::principals::Role;

use crate::Error;
use crate::session_tags::SessionTags;

/// Who wants to assume a role, after the provider vouched for them.
pub struct Applicant<'a> {
    /// The federated principal: a provider's ARN, or the name of a built-in one.
    pub provider: &'a str,
    /// The provider's condition keys, such as `cognito-identity.amazonaws.com:aud`.
    pub keys: &'a [(String, Federated)],
    /// The session name.
    pub session_name: &'a str,
    /// Session tags.
    pub tags: &'a SessionTags,
    /// The source identity.
    pub source_identity: Option<&'a str>,
    /// Whether the provider's token names the role as one that it is for.
    pub named_by_provider: bool,
}

/// Whether the role trusts the applicant. Notes the decision for the audit line.
pub fn admits<S>(
    visit: &Visit<S>,
    role: &Role,
    action: &'static str,
    applicant: &Applicant<'_>,
) -> Result<bool, Error> {
    let arn = role.arn();
    match refusal(visit, role, action, applicant)? {
        Some(why) => visit.note(format!("{} is refused {why}", applicant.provider)),
        None => {
            visit.note(format!("{} is trusted by {arn}", applicant.provider));
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the role's trust policy asks what every one of these keys is: with a value that nobody has it lets
/// nobody in. Roles of other accounts than the pool's must ask for pool and kind of login; else every pool of every
/// account would be let in. Notes a refusal for the audit line.
pub fn pins<S>(
    visit: &Visit<S>,
    role: &Role,
    action: &'static str,
    applicant: &Applicant<'_>,
    keys: &[&str],
) -> Result<bool, Error> {
    for pinned in keys {
        let strange = |(key, value): &(String, Federated)| match value {
            Federated::One(_) if key == pinned => (key.clone(), Federated::One(NOBODY.to_owned())),
            Federated::Many(_) if key == pinned => (key.clone(), Federated::Many(vec![NOBODY.to_owned()])),
            value => (key.clone(), value.clone()),
        };
        let keys: Vec<_> = applicant.keys.iter().map(strange).collect();
        if refusal(visit, role, action, &Applicant { keys: &keys, ..*applicant })?.is_none() {
            visit.note(format!("{} of another account does not ask for {pinned}", role.arn()));
            return Ok(false);
        }
    }
    Ok(true)
}

/// Why the role does not let the applicant in; `None`: it does.
fn refusal<S>(
    visit: &Visit<S>,
    role: &Role,
    action: &'static str,
    applicant: &Applicant<'_>,
) -> Result<Option<String>, Error> {
    let name = format!("trust policy of role `{}`", role.name);
    let trust = visit.host.policies.named(Kind::Trust, name, &role.trust);
    let trust = trust.map_err(|error| Error::Internal(error.to_string().into()))?;
    let mut context = context(&visit.context, role, applicant);
    if action == WEB_IDENTITY {
        context.set("sts:RoleAuthorizedByIdp", applicant.named_by_provider);
    }
    let principal = Principal::Federated { provider: applicant.provider.to_owned() };
    let arn = role.arn();
    let policies = Policies {
        resource: Some(&trust),
        resource_must_allow: true,
        resource_control: visit.host.organization.resource_control_of(action),
        ..Policies::default()
    };
    let tag = (!applicant.tags.is_empty()).then_some("sts:TagSession");
    let identity = applicant.source_identity.map(|_| "sts:SetSourceIdentity");
    for action in [Some(action), tag, identity].into_iter().flatten() {
        let request = Request {
            principal: &principal,
            action,
            resource: arn.as_str(),
            resource_account: Some(role.account),
            context: &context,
        };
        if let Decision::Denied(_) = policy::decide(&request, &policies) {
            return Ok(Some(format!("{action} on {arn}: {}", policy::explain(&request, &policies))));
        }
    }
    Ok(None)
}

fn context(base: &Context, role: &Role, applicant: &Applicant<'_>) -> Context {
    let mut context = base.clone();
    context.set("aws:ResourceAccount", role.account.to_string());
    context.set("sts:RoleSessionName", applicant.session_name);
    for (key, value) in applicant.keys {
        match value {
            Federated::One(one) => context.set(key.clone(), one.as_str()),
            Federated::Many(many) => context.set(key.clone(), many.clone()),
        }
    }
    of_tags(&mut context, applicant.tags, applicant.source_identity);
    of_role(&mut context, role);
    context
}

/// The keys of tags and source identity that are being set.
pub fn of_tags(context: &mut Context, tags: &SessionTags, source_identity: Option<&str>) {
    if !tags.is_empty() {
        for (key, value) in &tags.tags {
            context.set(format!("aws:RequestTag/{key}"), value.as_str());
        }
        context.set("aws:TagKeys", tags.tags.keys().cloned().collect::<Vec<_>>());
    }
    if !tags.transitive.is_empty() {
        context.set("sts:TransitiveTagKeys", tags.transitive.clone());
    }
    if let Some(identity) = source_identity {
        context.set("sts:SourceIdentity", identity);
    }
}

/// The tags of the role that is the resource.
pub fn of_role(context: &mut Context, role: &Role) {
    for (key, value) in &role.tags {
        context.set(format!("aws:ResourceTag/{key}"), value.as_str());
        context.set(format!("iam:ResourceTag/{key}"), value.as_str());
    }
}

const WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";

/// Neither a pool id nor a kind of login.
const NOBODY: &str = "nobody";
