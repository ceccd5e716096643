//! What every type of policy says to a request, each for itself: what a decision is made of.

use serde::Serialize;

use crate::action::Lowered;
use crate::decide::{Policies, Request, facts};
use crate::decision::PolicyType;
use crate::explain::StatementRef;
use crate::policy::Named;
use crate::statement::{Effect, Facts};

/// What the policies of one type say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opinion {
    /// The type.
    pub policy_type: PolicyType,
    /// What they say together.
    pub verdict: Verdict,
    /// The statements that apply, in the order of the policies.
    pub statements: Vec<StatementRef>,
}

/// What policies say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// One forbids.
    Denies,
    /// One permits, of an organisation one at every level, and none forbids.
    Allows,
    /// None forbids, and too few permit.
    Silent,
}

/// What every type of policy says that has a say, in the order in which a refusal names them. Identity policies always
/// have one; whether their silence matters, `decide` says.
pub fn opinions(request: &Request<'_>, policies: &Policies<'_>) -> Vec<Opinion> {
    let action = Lowered::new(request.action);
    let facts = facts(request, policies, &action);
    // The organisation of the caller has no say over callers without an account.
    let service_control = if request.principal.account().is_some() { policies.service_control } else { &[] };
    let levels = |levels: &[Vec<Named>], kind| (!levels.is_empty()).then(|| together(kind, levels, &facts));
    let set = |policies: Option<&[Named]>, kind| policies.map(|policies| together(kind, &[policies], &facts));
    [
        levels(policies.resource_control, PolicyType::ResourceControl),
        levels(service_control, PolicyType::ServiceControl),
        set(policies.resource.map(std::slice::from_ref), policies.resource_type()),
        set(Some(policies.identity), PolicyType::Identity),
        set(policies.boundary, PolicyType::Boundary),
        set(policies.session, PolicyType::Session),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn together(policy_type: PolicyType, levels: &[impl AsRef<[Named]>], facts: &Facts<'_>) -> Opinion {
    let says_who = matches!(policy_type, PolicyType::Resource | PolicyType::Trust | PolicyType::ResourceControl);
    let facts = Facts { says_who, ..*facts };
    let mut statements: Vec<StatementRef> = vec![];
    let mut verdict = Verdict::Allows;
    for level in levels {
        let before = statements.len();
        for named in level.as_ref() {
            let applies = named.policy.statements.iter().enumerate().filter(|(_, one)| one.applies(&facts).is_some());
            statements.extend(applies.map(|(index, statement)| StatementRef {
                policy: named.name.clone(),
                policy_type,
                index,
                sid: statement.sid.as_deref().map(str::to_owned),
                effect: statement.effect,
            }));
        }
        if !statements.iter().skip(before).any(|statement| statement.effect == Effect::Allow) {
            verdict = Verdict::Silent;
        }
    }
    if statements.iter().any(|statement| statement.effect == Effect::Deny) {
        verdict = Verdict::Denies;
    }
    Opinion { policy_type, verdict, statements }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Context, Kind, Policy, Principal};

    fn named(name: &str, effect: &str, action: &str) -> Named {
        let document = format!(r#"{{"Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#);
        Named { name: name.into(), policy: Arc::new(Policy::parse(&document, Kind::Identity).unwrap()) }
    }

    #[test]
    fn every_type_that_has_a_say_is_heard_for_itself() {
        let account = "111111111111".parse().unwrap();
        let context = Context::new();
        let root = Principal::Root { account };
        let mut request = Request {
            principal: &root,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::b/k",
            resource_account: Some(account),
            context: &context,
        };
        let identity = [named("own", "Allow", "s3:*"), named("no", "Deny", "s3:Get*")];
        let boundary = [named("boundary", "Allow", "iam:*")];
        let levels = [vec![named("top", "Allow", "*")], vec![named("unit", "Allow", "iam:*")]];
        let policies = Policies {
            identity: &identity,
            boundary: Some(&boundary),
            service_control: &levels,
            ..Policies::default()
        };
        let said = opinions(&request, &policies);
        let said: Vec<_> = said.iter().map(|one| (one.policy_type, one.verdict, one.statements.len())).collect();
        assert_eq!(
            said,
            [
                (PolicyType::ServiceControl, Verdict::Silent, 1),
                (PolicyType::Identity, Verdict::Denies, 2),
                (PolicyType::Boundary, Verdict::Silent, 0),
            ]
        );
        request.principal = &Principal::Anonymous;
        let said = opinions(&request, &Policies { service_control: &levels, ..Policies::default() });
        let said: Vec<_> = said.iter().map(|one| (one.policy_type, one.verdict)).collect();
        assert_eq!(said, [(PolicyType::Identity, Verdict::Silent)]);
    }
}
