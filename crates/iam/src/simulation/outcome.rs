//! What the engine says to a simulation: a result for each pair of an action and a resource.

use std::collections::BTreeMap;

use operation::Call;
use policy::{Decision, Effect, Named, Policies, PolicyType, Reason, Request, StatementRef, applying, decide};
use serde::Serialize;
use vocab::{AccountId, Arn};

use crate::paging::Page;
use crate::simulation::question::Question;
use crate::simulation::shapes::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, ResourceSpecificResult, Verdict,
};
use crate::{Error, Iam};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    evaluation_results: Vec<EvaluationResult>,
    is_truncated: bool,
    marker: Option<String>,
}

/// What every pair of a question has in common.
struct Shared<'a> {
    question: &'a Question,
    /// The condition keys that the policies read and the request lacks.
    missing: Vec<String>,
}

/// A page of the answers to a question. The page is as large as the documents allow: one request takes a bounded time.
pub async fn answer(call: &Call<Iam>, operation: &str, question: Question, page: Page) -> Result<Output, Error> {
    let cost = cost(&question);
    if cost > MOST_COST {
        let text = "The simulation is too large: simulate fewer or smaller policies, or fewer context values.";
        return Err(Error::InvalidInput(text.into()));
    }
    let resources = question.resources.len();
    let pairs = 0..question.actions.len() * resources;
    let paged = page.at_most(MOST_COST / cost.max(1)).of_places(call, operation, pairs).await?;
    let mut missing = question.sources.keys();
    missing.retain(|key| question.context.get(key).is_none() && !key.eq_ignore_ascii_case(RESOURCE_ACCOUNT));
    let shared = Shared { question: &question, missing };
    let pairs = paged.items.into_iter().map(|pair| (pair / resources, pair % resources));
    let pairs = pairs.filter_map(|(action, resource)| {
        Some((question.actions.get(action)?.as_str(), question.resources.get(resource)?.as_str()))
    });
    let evaluation_results = pairs.map(|(action, resource)| shared.result(action, resource)).collect();
    Ok(Output { evaluation_results, is_truncated: paged.is_truncated, marker: paged.marker })
}

impl Shared<'_> {
    fn result(&self, action: &str, resource: &str) -> EvaluationResult {
        let Question { sources, principal, boundary, .. } = self.question;
        let arn: Option<Arn> = resource.parse().ok();
        let owner = arn.as_ref().map_or(Some(self.question.account), Arn::account_id).unwrap_or(self.question.owner);
        let mut context = self.question.context.clone();
        if context.get(RESOURCE_ACCOUNT).is_none() {
            context.set(RESOURCE_ACCOUNT, owner.to_string());
        }
        let request = Request { principal, action, resource, resource_account: Some(owner), context: &context };
        let policies = self.policies();
        let verdict = verdict(decide(&request, &policies));
        let statements = applying(&request, &policies);
        let matched = statements.iter().filter(|statement| decides(verdict, statement));
        let matched: Vec<_> = matched.filter_map(|statement| sources.shown(statement)).collect();
        let organizations = self.organizations(&statements);
        let boundary = boundary.as_ref().map(|_| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: of_type(&statements, PolicyType::Boundary) == Verdict::Allowed,
        });
        let stopped = organizations.is_some_and(|detail| !detail.allowed_by_organizations);
        let details = arn.filter(|_| !stopped).map(|_| self.details(owner, &statements));
        let specific = ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: verdict,
            matched_statements: matched.clone(),
            missing_context_values: self.missing.clone(),
            eval_decision_details: details.clone(),
            permissions_boundary_decision_detail: boundary,
        };
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: resource.to_owned(),
            eval_decision: verdict,
            matched_statements: matched,
            missing_context_values: self.missing.clone(),
            organizations_decision_detail: organizations,
            permissions_boundary_decision_detail: boundary,
            eval_decision_details: details,
            resource_specific_results: (resource != "*").then_some([specific]),
        }
    }

    fn policies(&self) -> Policies<'_> {
        let Question { identity, boundary, resource_policy, service_control, .. } = self.question;
        Policies {
            identity,
            boundary: boundary.as_deref(),
            resource: resource_policy.as_ref(),
            service_control,
            ..Policies::default()
        }
    }

    /// What the service control policies say, where there are any: an Allow at every level, and no Deny.
    fn organizations(&self, statements: &[StatementRef]) -> Option<OrganizationsDecisionDetail> {
        let levels = &self.question.service_control;
        let denied = of_type(statements, PolicyType::ServiceControl) == Verdict::ExplicitDeny;
        let allows = |level: &Vec<Named>| {
            statements.iter().any(|statement| level.iter().any(|named| named.name == statement.policy))
        };
        let allowed_by_organizations = !denied && levels.iter().all(allows);
        (!levels.is_empty()).then_some(OrganizationsDecisionDetail { allowed_by_organizations })
    }

    /// What each side said, where the resource is another account's; empty within the account.
    fn details(&self, owner: AccountId, statements: &[StatementRef]) -> BTreeMap<&'static str, Verdict> {
        if owner == self.question.account {
            return BTreeMap::new();
        }
        let side = |policy_type| of_type(statements, policy_type);
        [("IAM Policy", side(PolicyType::Identity)), ("Resource Policy", side(PolicyType::Resource))].into()
    }
}

/// The steps that one pair may take: every byte of the documents may be held against every value of a context key, and
/// a pattern against every part of the resource.
fn cost(question: &Question) -> usize {
    let values = question.context.iter().map(|(_, value)| value.texts().count()).max().unwrap_or_default();
    let texts = question.context.iter().flat_map(|(_, value)| value.texts()).map(str::len);
    let longest = texts.chain(question.resources.iter().map(String::len)).max().unwrap_or_default();
    question.sources.bytes.saturating_mul(1 + values.max(longest / TEXT_STEP))
}

fn verdict(decision: Decision) -> Verdict {
    match decision {
        Decision::Allowed => Verdict::Allowed,
        Decision::Denied(Reason::ExplicitDeny(_)) => Verdict::ExplicitDeny,
        Decision::Denied(Reason::Implicit(_)) => Verdict::ImplicitDeny,
    }
}

/// Whether a statement that applies brought about the verdict: a Deny stands alone; of an Allow those statements that
/// grant, not those that only leave room; and the absence of any is no statement.
fn decides(verdict: Verdict, statement: &StatementRef) -> bool {
    match verdict {
        Verdict::ExplicitDeny => statement.effect == Effect::Deny,
        Verdict::Allowed => matches!(statement.policy_type, PolicyType::Identity | PolicyType::Resource),
        Verdict::ImplicitDeny => false,
    }
}

/// What the policies of one type say by themselves.
fn of_type(statements: &[StatementRef], policy_type: PolicyType) -> Verdict {
    let of_type = statements.iter().filter(|statement| statement.policy_type == policy_type);
    let effects: Vec<Effect> = of_type.map(|statement| statement.effect).collect();
    match effects.as_slice() {
        [] => Verdict::ImplicitDeny,
        effects if effects.contains(&Effect::Deny) => Verdict::ExplicitDeny,
        _ => Verdict::Allowed,
    }
}

const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";
/// So many characters of a text cost a pattern about as much as a value costs a condition.
const TEXT_STEP: usize = 32;
/// About a fifth of a second at the worst.
const MOST_COST: usize = 32 * 1024 * 1024;
