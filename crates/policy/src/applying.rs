//! Every statement that applies to a request, whatever they add up to: what simulations report.

use crate::decide::{Policies, Request};
use crate::explain::StatementRef;
use crate::opinions::opinions;

/// The statements that apply to the request, of every type of policy, in the order of the policies. Each would have
/// its say; `decide` says what becomes of it.
pub fn applying(request: &Request<'_>, policies: &Policies<'_>) -> Vec<StatementRef> {
    opinions(request, policies).into_iter().flat_map(|opinion| opinion.statements).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Context, Effect, Kind, Named, Policy, PolicyType, Principal};

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
