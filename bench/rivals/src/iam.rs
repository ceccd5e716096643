//! `iam-rs`, which reads the same documents.

use chrono::{DateTime, Utc};
use iam_rs::{Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId};

use crate::scenario::{Request, Scenario, USER};
use crate::{Decide, Result};

pub fn ask(scenario: &Scenario) -> Result<Decide> {
    let policy: IAMPolicy = serde_json::from_str(&scenario.policy)?;
    let evaluator = PolicyEvaluator::with_policies(vec![policy]);
    let requests = scenario.requests.iter().map(request).collect::<Result<Vec<_>>>()?;
    Ok(Box::new(
        move |at| matches!(evaluator.evaluate(&requests[at]), Ok(result) if result.decision == Decision::Allow),
    ))
}

fn request(asked: &Request) -> Result<IAMRequest> {
    let mut context = Context::new();
    context.insert("aws:username".into(), ContextValue::String("ann".into()));
    context.insert("aws:SourceIp".into(), ContextValue::String(asked.address.into()));
    context.insert("aws:CurrentTime".into(), ContextValue::DateTime(asked.time.parse::<DateTime<Utc>>()?));
    if !asked.leading_keys.is_empty() {
        let keys = asked.leading_keys.iter().map(ToString::to_string).collect();
        context.insert("dynamodb:LeadingKeys".into(), ContextValue::StringList(keys));
    }
    let principal = Principal::Aws(PrincipalId::String(USER.into()));
    Ok(IAMRequest::new_with_context(principal, asked.action, Arn::parse(&asked.resource)?, context))
}
