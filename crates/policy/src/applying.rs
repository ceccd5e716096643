//! Every statement that applies to a request, whatever they add up to: what simulations report.

use crate::action::Lowered;
use crate::decide::{Policies, Request, facts};
use crate::decision::PolicyType;
use crate::explain::StatementRef;
use crate::policy::Named;
use crate::statement::Facts;

/// The statements that apply to the request, of every type of policy, in the order of the policies. Each would have
/// its say; `decide` says what becomes of it.
pub fn applying(request: &Request<'_>, policies: &Policies<'_>) -> Vec<StatementRef> {
    let action = Lowered::new(request.action);
    let facts = facts(request, policies, &action);
    let resource = policies.resource.map(std::slice::from_ref).unwrap_or_default();
    // The organisation of the caller has no say over callers without an account.
    let service_control = if request.principal.account().is_some() { policies.service_control } else { &[] };
    let mut found = Vec::new();
    let mut add = |policy_type, policies: &[Named]| add(&mut found, policy_type, policies, &facts);
    policies.resource_control.iter().for_each(|level| add(PolicyType::ResourceControl, level));
    service_control.iter().for_each(|level| add(PolicyType::ServiceControl, level));
    add(policies.resource_type(), resource);
    add(PolicyType::Identity, policies.identity);
    add(PolicyType::Boundary, policies.boundary.unwrap_or_default());
    add(PolicyType::Session, policies.session.unwrap_or_default());
    found
}

fn add(found: &mut Vec<StatementRef>, policy_type: PolicyType, policies: &[Named], facts: &Facts<'_>) {
    let says_who = matches!(policy_type, PolicyType::Resource | PolicyType::Trust | PolicyType::ResourceControl);
    let facts = Facts { says_who, ..*facts };
    for named in policies {
        let statements = named.policy.statements.iter().enumerate();
        let applies = statements.filter(|(_, statement)| statement.applies(&facts).is_some());
        found.extend(applies.map(|(index, statement)| StatementRef {
            policy: named.name.clone(),
            policy_type,
            index,
            sid: statement.sid.as_deref().map(str::to_owned),
            effect: statement.effect,
        }));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Context, Effect, Kind, Policy, Principal};

    fn named(name: &str, kind: Kind, statements: &str) -> Named {
        let document = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        Named { name: name.into(), policy: Arc::new(Policy::parse(&document, kind).unwrap()) }
    }

    #[test]
    fn every_statement_that_applies_is_found_and_no_other() {
        let identity = [named(
            "own",
            Kind::Identity,
            r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"},
               {"Effect":"Allow","Action":"dynamodb:*","Resource":"*"},
               {"Sid":"No","Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#,
        )];
        let bucket = named(
            "bucket",
            Kind::Resource,
            r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
               {"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":"*"}"#,
        );
        let levels = [vec![named("scp", Kind::Identity, r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#)]];
        let policies =
            Policies { identity: &identity, resource: Some(&bucket), service_control: &levels, ..Policies::default() };
        let account = "111111111111".parse().unwrap();
        let context = Context::new();
        let request = |principal| Request {
            principal,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::b/k",
            resource_account: Some(account),
            context: &context,
        };
        let root = Principal::Root { account };
        let found = applying(&request(&root), &policies);
        let found: Vec<_> = found.iter().map(|one| (&*one.policy, one.policy_type, one.index, one.effect)).collect();
        let wanted = [
            ("scp", PolicyType::ServiceControl, 0, Effect::Allow),
            ("bucket", PolicyType::Resource, 0, Effect::Allow),
            ("own", PolicyType::Identity, 0, Effect::Allow),
            ("own", PolicyType::Identity, 2, Effect::Deny),
        ];
        assert_eq!(found, wanted);
        let nobody = applying(&request(&Principal::Anonymous), &policies);
        assert!(nobody.iter().all(|one| one.policy_type != PolicyType::ServiceControl));
    }
}
