//! This engine, alone and with all that a session has: a boundary, a session policy.

use std::sync::Arc;

use policy::{Context, Kind, Named, Policies, Policy, Principal, Value, decide};

use crate::scenario::{ACCOUNT, Request, Scenario, USER};
use crate::{Decide, Result};

const ALL: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "sts:*", "iam:*", "cognito-identity:*"], "Resource": "*" }] }"#;

/// The identity policy alone: what the rivals are asked.
pub fn alone(scenario: &Scenario) -> Result<Decide> {
    asked(scenario, false)
}

/// With a permissions boundary and a session policy that allow five services.
pub fn whole(scenario: &Scenario) -> Result<Decide> {
    asked(scenario, true)
}

fn asked(scenario: &Scenario, whole: bool) -> Result<Decide> {
    let named = |text: &str, kind| -> Result<Named> {
        Ok(Named { name: "bench".into(), policy: Arc::new(Policy::parse(text, kind)?) })
    };
    let identity = [named(&scenario.policy, Kind::Identity)?];
    let boundary = [named(ALL, Kind::Identity)?];
    let session = [named(ALL, Kind::Session)?];
    let principal =
        Principal::User { arn: USER.parse()?, account: ACCOUNT.parse()?, id: "AIDAANNANNANNANNANNA".to_owned() };
    let requests: Vec<(Request, Context)> =
        scenario.requests.iter().map(|request| (request.clone(), context(request))).collect();
    Ok(Box::new(move |at| {
        let (request, context) = &requests[at];
        let policies = Policies {
            identity: &identity,
            boundary: whole.then_some(&boundary),
            session: whole.then_some(&session),
            ..Policies::default()
        };
        let asked = policy::Request {
            principal: &principal,
            action: request.action,
            resource: &request.resource,
            resource_account: principal.account(),
            context,
        };
        decide(&asked, &policies).is_allowed()
    }))
}

fn context(request: &Request) -> Context {
    let mut context = Context::new();
    context.set("aws:username", "ann");
    context.set("aws:SourceIp", request.address);
    context.set("aws:CurrentTime", request.time);
    if !request.leading_keys.is_empty() {
        let keys = request.leading_keys.iter().map(ToString::to_string).collect();
        context.set("dynamodb:LeadingKeys", Value::Many(keys));
    }
    context
}
