//! From a request to an authorized run: the type states of the pipeline.

use std::sync::Arc;

use async_trait::async_trait;
use policy::{Context, Decision, Explanation, Named, Policies, Principal, Reason};
use vocab::AccountId;

use crate::access::{Access, Mode, Need};
use crate::caller::Caller;
use crate::fault::Answer;
use crate::organization::Organization;
use crate::table::Row;

/// What the caller's own policies say, and who they are: gathered by the server, the same for every need.
pub struct Standing {
    /// Who the caller is to the policy engine.
    pub principal: Principal,
    /// Identity policies: inline, managed, of groups.
    pub identity: Arc<[Named]>,
    /// The permissions boundary.
    pub boundary: Option<Arc<[Named]>>,
    /// Session policies; `None` where the session has none.
    pub session: Option<Arc<[Named]>>,
    /// What caps every account.
    pub organization: Arc<Organization>,
    /// The condition keys that follow from who the caller is.
    pub context: Arc<Context>,
}

/// A request to one operation, read but not decided.
pub struct Pending {
    /// The operation's name.
    pub operation: &'static str,
    pub(crate) caller: Caller,
    pub(crate) account: AccountId,
    pub(crate) context: Arc<Context>,
    pub(crate) serves_anonymous: bool,
    pub(crate) row: Option<&'static Row>,
    pub(crate) stage: Box<dyn Stage>,
}

/// A request that may run.
pub struct Ready {
    /// What was decided, for the audit line.
    pub decided: Vec<Decided>,
    question: Question,
    decisions: Vec<Decision>,
    stage: Box<dyn Stage>,
}

/// What policies were asked about a request.
pub struct Question {
    account: AccountId,
    needs: Vec<Need>,
}

/// One decision, for the audit line.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How it was decided.
    pub decision: Decision,
    /// Why, for denials.
    pub explanation: Option<Explanation>,
}

/// Why a request does not run.
pub enum Refusal {
    /// The operation wants a signed request.
    NotSigned,
    /// The policies do not allow it.
    Denied {
        /// The decision that refuses, with its explanation.
        decided: Box<Decided>,
        /// Its reason.
        reason: Reason,
        /// The condition keys that it rests on; none where the resource is another account's, whose policies are not
        /// for the caller's account to know.
        context: Option<Box<Context>>,
    },
    /// The facts that the decision needs could not be had.
    Failed(Answer),
}

/// The typed inside of a request, erased.
#[async_trait]
pub(crate) trait Stage: Send {
    async fn gather(&mut self) -> Result<Access, Answer>;
    async fn run(self: Box<Self>, decisions: Vec<Decision>, body: Option<wire::Stream>) -> Result<wire::Reply, Answer>;
}

impl Pending {
    /// Gathers the facts, decides every need, and makes the request ready if all that must be
    /// allowed is allowed.
    pub async fn authorize(mut self, standing: &Standing) -> Result<Ready, Refusal> {
        let access = self.stage.gather().await.map_err(Refusal::Failed)?;
        let anonymous = matches!(self.caller, Caller::Anonymous);
        let needs = match access {
            Access::Public => Vec::new(),
            Access::Signed if anonymous => return Err(Refusal::NotSigned),
            Access::Signed => Vec::new(),
            Access::Needs(_) if anonymous && !self.serves_anonymous => return Err(Refusal::NotSigned),
            Access::Open(needs) | Access::Needs(needs) => needs,
        };
        let question = Question { account: self.account, needs };
        let mut decided = Vec::new();
        let mut decisions = Vec::new();
        for need in &question.needs {
            if let Some(Err(error)) = self.row.map(|row| row.check(need)) {
                return Err(Refusal::Failed(Answer::internal("InternalError", error)));
            }
            let (one, context) = decide(need, standing, self.account, &self.context);
            match (&one.decision, need.mode) {
                (Decision::Denied(reason), Mode::Must) => {
                    let is_own = need.owner.is_none_or(|owner| Some(owner) == self.caller.account());
                    let context = is_own.then(|| Box::new(context));
                    return Err(Refusal::Denied { reason: *reason, decided: Box::new(one), context });
                }
                (Decision::Allowed, Mode::Must) => {}
                (decision, Mode::Asked) => decisions.push(*decision),
            }
            decided.push(one);
        }
        Ok(Ready { decided, question, decisions, stage: self.stage })
    }
}

impl Question {
    /// Whether everything that had to be allowed still is, in these circumstances.
    pub fn is_allowed(&self, standing: &Standing, context: &Arc<Context>) -> bool {
        let must = self.needs.iter().filter(|need| need.mode == Mode::Must);
        must.into_iter().all(|need| {
            let (decided, _) = decide(need, standing, self.account, context);
            decided.decision == Decision::Allowed
        })
    }
}

fn decide(need: &Need, standing: &Standing, account: AccountId, context: &Arc<Context>) -> (Decided, Context) {
    let mut context = Context::over(context.clone(), NEEDED);
    let owner = need.owner.unwrap_or(account);
    context.set("aws:ResourceAccount", owner.to_string());
    context.merge(&need.context);
    let request = policy::Request {
        principal: &standing.principal,
        action: &need.action,
        resource: &need.resource,
        resource_account: Some(owner),
        context: &context,
    };
    let policies = Policies {
        identity: &standing.identity,
        boundary: standing.boundary.as_deref(),
        session: standing.session.as_deref(),
        resource: need.resource_policy.as_ref(),
        resource_must_allow: need.resource_must_allow,
        service_control: &standing.organization.service_control,
        resource_control: standing.organization.resource_control_of(&need.action),
    };
    let decision = policy::decide(&request, &policies);
    let denied = matches!(decision, Decision::Denied(_));
    let explanation = denied.then(|| policy::explain(&request, &policies));
    let decided = Decided { action: need.action.to_string(), resource: need.resource.clone(), decision, explanation };
    (decided, context)
}

/// The keys that a need has, as a rule.
const NEEDED: usize = 8;

impl Ready {
    /// The same, with what policies were asked: for answers that last longer than the decision.
    pub fn run_asking(
        self,
        body: Option<wire::Stream>,
    ) -> (Question, impl Future<Output = Result<wire::Reply, Answer>> + Send) {
        (self.question, self.stage.run(self.decisions, body))
    }

    /// Runs the operation and writes its reply.
    pub async fn run(self, body: Option<wire::Stream>) -> Result<wire::Reply, Answer> {
        self.stage.run(self.decisions, body).await
    }
}
