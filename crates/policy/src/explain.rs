//! Why a request was decided as it was: a second pass over the same policies, made for denials and for whoever asks.
//! It looks at each statement once and renders only what it reports, so its cost is bounded as the decision's is.

use std::sync::Arc;

use serde::Serialize;

use crate::action::Lowered;
use crate::decide::{Policies, Request, decide, facts};
use crate::decision::{Decision, PolicyType, Reason};
use crate::obstacle::{Obstacle, count, obstacles};
use crate::policy::Named;
use crate::principal::Principal;
use crate::statement::{Effect, Facts, Statement};

/// A decision and the statements behind it. `Display` is one readable line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The decision, the same as that of `decide`.
    pub decision: Decision,
    /// The action of the request.
    pub action: String,
    /// The resource of the request.
    pub resource: String,
    /// The statements that decided: of a denial the one that forbids, of an allow the first that permits of each
    /// type of policy. Empty where the absence of any decided, and for the root user.
    pub matched: Vec<StatementRef>,
    /// Of an implicit denial, the statements that came nearest to permitting the request, nearest first.
    pub nearest: Vec<Miss>,
    /// What the statements alone do not say.
    pub note: Option<&'static str>,
}

/// A statement, by its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatementRef {
    /// The name of the policy, as given in `Named`.
    pub policy: Arc<str>,
    /// The type of the policy.
    pub policy_type: PolicyType,
    /// The place of the statement in its document, from 0.
    pub index: usize,
    /// The id of the statement, where it has one.
    pub sid: Option<String>,
    /// What the statement does where it applies.
    pub effect: Effect,
}

/// A statement that would have permitted the request, had nothing stood against it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// The statement.
    pub statement: StatementRef,
    /// What stood against it, in the order principal, action, resource, conditions.
    pub obstacles: Vec<Obstacle>,
}

/// Decides a request and says why.
pub fn explain(request: &Request<'_>, policies: &Policies<'_>) -> Explanation {
    let action = Lowered::new(request.action);
    let facts = facts(request, policies, &action);
    let decision = decide(request, policies);
    let (matched, (nearest, note)) = match decision {
        Decision::Allowed => (permitting(request, policies, &facts), (vec![], None)),
        Decision::Denied(Reason::ExplicitDeny(kind)) => {
            let sets = sets(policies).into_iter().filter(|set| set.kind == kind);
            (sets.filter_map(|set| set.first(Effect::Deny, &facts)).take(1).collect(), (vec![], None))
        }
        Decision::Denied(Reason::Implicit(kind)) => (vec![], nearest(request, policies, &facts, kind)),
    };
    Explanation {
        decision,
        action: crate::obstacle::clip(request.action),
        resource: crate::obstacle::clip(request.resource),
        matched,
        nearest,
        note,
    }
}

/// Policies that are weighed together.
struct Set<'a> {
    kind: PolicyType,
    policies: &'a [Named],
}

impl<'a> Set<'a> {
    /// Every statement with its policy and place.
    fn statements(&self) -> impl Iterator<Item = (&'a Named, usize, &'a Statement)> + use<'a> {
        let statements = |named: &'a Named| named.policy.statements.iter().enumerate();
        self.policies.iter().flat_map(move |named| statements(named).map(move |(at, statement)| (named, at, statement)))
    }

    fn first(&self, effect: Effect, facts: &Facts<'_>) -> Option<StatementRef> {
        let facts = self.facts(facts);
        let mut statements = self.statements();
        let found =
            statements.find(|(_, _, statement)| statement.effect == effect && statement.applies(&facts).is_some());
        found.map(|(named, at, statement)| self.name(named, at, statement))
    }

    fn facts<'f>(&self, facts: &Facts<'f>) -> Facts<'f> {
        let says_who = matches!(self.kind, PolicyType::Resource | PolicyType::Trust | PolicyType::ResourceControl);
        Facts { says_who, ..*facts }
    }

    fn name(&self, named: &Named, index: usize, statement: &Statement) -> StatementRef {
        StatementRef {
            policy: named.name.clone(),
            policy_type: self.kind,
            index,
            sid: statement.sid.as_deref().map(str::to_owned),
            effect: statement.effect,
        }
    }
}

/// The policies in the order in which a refusal names them.
fn sets<'a>(policies: &Policies<'a>) -> Vec<Set<'a>> {
    let levels = |kind, levels: &'a [Vec<Named>]| levels.iter().map(move |policies| Set { kind, policies });
    let mut sets: Vec<Set<'a>> = levels(PolicyType::ResourceControl, policies.resource_control).collect();
    sets.extend(levels(PolicyType::ServiceControl, policies.service_control));
    let resource = policies.resource.map(std::slice::from_ref);
    for (kind, policies) in [
        (policies.resource_type(), resource),
        (PolicyType::Identity, Some(policies.identity)),
        (PolicyType::Boundary, policies.boundary),
        (PolicyType::Session, policies.session),
    ] {
        sets.extend(policies.map(|policies| Set { kind, policies }));
    }
    sets
}

/// The first permitting statement of every type. The root user needs none of its identity policies, so none is named.
fn permitting(request: &Request<'_>, policies: &Policies<'_>, facts: &Facts<'_>) -> Vec<StatementRef> {
    let root = matches!(request.principal, Principal::Root { .. });
    let sets = sets(policies).into_iter().filter(|set| !root || set.kind != PolicyType::Identity);
    sets.filter_map(|set| set.first(Effect::Allow, facts)).take(MOST_MATCHED).collect()
}

/// The statements that came nearest, and a note where one that applies did not suffice.
fn nearest(
    request: &Request<'_>,
    policies: &Policies<'_>,
    facts: &Facts<'_>,
    kind: PolicyType,
) -> (Vec<Miss>, Option<&'static str>) {
    let same_account = request.resource_account.is_none_or(|owner| Some(owner) == request.principal.account());
    // Within one account the policy of the resource could have permitted it as well.
    let also = (kind == PolicyType::Identity && same_account).then_some(PolicyType::Resource);
    let organised = matches!(kind, PolicyType::ServiceControl | PolicyType::ResourceControl);
    let mut misses = vec![];
    let mut note = None;
    for set in sets(policies).into_iter().filter(|set| set.kind == kind || Some(set.kind) == also) {
        if organised && set.first(Effect::Allow, facts).is_some() {
            continue; // another level is the silent one
        }
        for (named, at, statement) in set.statements().filter(|(_, _, statement)| statement.effect == Effect::Allow) {
            let facts = set.facts(facts);
            match count(statement, &facts) {
                0 if set.kind == PolicyType::Resource => note = Some(DELEGATED),
                0 => note = Some(WITHOUT_SESSION_POLICY),
                distance => misses.push((distance, set.name(named, at, statement), statement, facts)),
            }
            misses.sort_by_key(|miss| miss.0);
            misses.truncate(MOST_MISSES);
        }
    }
    let rendered = misses.into_iter().map(|(_, place, statement, facts)| Miss {
        statement: place,
        obstacles: obstacles(statement, request, &facts),
    });
    (rendered.collect(), note)
}

const DELEGATED: &str = "the resource policy names the account, which leaves it to the identity policies";
const WITHOUT_SESSION_POLICY: &str = "a federated user has what a session policy repeats, and this session has none";
const MOST_MATCHED: usize = 8;
const MOST_MISSES: usize = 3;
