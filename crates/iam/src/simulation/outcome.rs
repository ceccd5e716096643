//! What the engine says to a simulation: a result for each pair of an action and a resource.

use std::collections::BTreeMap;

use operation::Call;
use policy::{Decision, Effect, Opinion, Policies, PolicyType, Reason, Request, StatementRef, decide, opinions};
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

/// A page of the answers to a question. The page is as large as the documents allow: one request takes a bounded time,
/// and each result may list every statement and every missing key.
pub async fn answer(call: &Call<Iam>, operation: &str, question: Question, page: Page) -> Result<Output, Error> {
    let cost = cost(&question);
    if cost > MOST_COST {
        let text = "The simulation is too large: simulate fewer or smaller policies, or fewer context values.";
        return Err(Error::InvalidInput(text.into()));
    }
    let mut missing = question.sources.keys();
    missing.retain(|key| question.context.get(key).is_none() && !key.eq_ignore_ascii_case(RESOURCE_ACCOUNT));
    let listed =
        question.sources.statements() * STATEMENT + missing.iter().map(|key| key.len() + MEMBER).sum::<usize>();
    if listed > MOST_LISTED {
        let text = "The simulation is too large: simulate policies with fewer statements or condition keys.";
        return Err(Error::InvalidInput(text.into()));
    }
    let resources = question.resources.len();
    let pairs = 0..question.actions.len() * resources;
    let most = (MOST_COST / cost.max(1)).min(MOST_LISTED / listed.max(1));
    let paged = page.at_most(most).of_places(call, operation, pairs).await?;
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
        let Question { sources, principal, .. } = self.question;
        let arn: Option<Arn> = resource.parse().ok();
        let owner = arn.as_ref().map_or(Some(self.question.account), Arn::account_id).unwrap_or(self.question.owner);
        let mut context = self.question.context.clone();
        if context.get(RESOURCE_ACCOUNT).is_none() {
            context.set(RESOURCE_ACCOUNT, owner.to_string());
        }
        let request = Request { principal, action, resource, resource_account: Some(owner), context: &context };
        let policies = self.policies();
        let verdict = verdict(decide(&request, &policies));
        let opinions = opinions(&request, &policies);
        let statements = opinions.iter().flat_map(|opinion| &opinion.statements);
        let matched = statements.filter(|statement| decides(verdict, statement));
        let matched: Vec<_> = matched.filter_map(|statement| sources.shown(statement)).collect();
        let organizations = of_type(&opinions, PolicyType::ServiceControl)
            .map(|said| OrganizationsDecisionDetail { allowed_by_organizations: said == Verdict::Allowed });
        let boundary = of_type(&opinions, PolicyType::Boundary).map(|said| PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: said == Verdict::Allowed,
        });
        let stopped = organizations.is_some_and(|detail| !detail.allowed_by_organizations);
        let details = arn.filter(|_| !stopped).map(|_| self.details(owner, &opinions));
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

    /// What each side said, where the resource is another account's; empty within the account.
    fn details(&self, owner: AccountId, opinions: &[Opinion]) -> BTreeMap<&'static str, Verdict> {
        if owner == self.question.account {
            return BTreeMap::new();
        }
        let side = |policy_type| of_type(opinions, policy_type).unwrap_or(Verdict::ImplicitDeny);
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

/// What the policies of one type say by themselves, where there are any.
fn of_type(opinions: &[Opinion], policy_type: PolicyType) -> Option<Verdict> {
    let opinion = opinions.iter().find(|opinion| opinion.policy_type == policy_type)?;
    Some(match opinion.verdict {
        policy::Verdict::Allows => Verdict::Allowed,
        policy::Verdict::Denies => Verdict::ExplicitDeny,
        policy::Verdict::Silent => Verdict::ImplicitDeny,
    })
}

const RESOURCE_ACCOUNT: &str = "aws:ResourceAccount";
/// So many characters of a text cost a pattern about as much as a value costs a condition.
const TEXT_STEP: usize = 32;
/// About a fifth of a second at the worst.
const MOST_COST: usize = 32 * 1024 * 1024;
/// The length of a statement in an answer, and that of the element around a missing key.
const STATEMENT: usize = 256;
const MEMBER: usize = 32;
/// So many bytes of statements and keys an answer has at most, twice.
const MOST_LISTED: usize = 2 * 1024 * 1024;
