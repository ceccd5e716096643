//! GetFederationToken: a session for somebody whom the calling user vouches for, with at most the rights of that user
//! and of the session policies both.
//!
//! Without session policies the session may do nothing by itself.
//! Differences from AWS: the root of an account cannot call it.

use operation::check::word;
use operation::session::Bearer;
use operation::{Access, Call, Gathering, Need, Place, Violations, Visit};
use policy::Context;
use serde::{Deserialize, Serialize};
use vocab::Arn;

use crate::issue::{Acting, Plan, session};
use crate::session_tags::SessionTags;
use crate::shapes::{Credentials, PolicyDescriptor, Tag};
use crate::{Error, Sts, callers, roles, session_policies, session_tags, trust};

/// The name, and what cuts the session down.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    name: Option<String>,
    policy: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyDescriptor>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// The credentials.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    credentials: Credentials,
    federated_user: FederatedUser,
    packed_policy_size: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

/// Sessions are told apart before any policy is asked.
pub fn facts<'a>(visit: &'a Visit<Sts>, _: &'a Input) -> Gathering<'a, (), Error> {
    let told = match visit.caller.session() {
        Some(_) => Err(callers::with_session("GetFederationToken")),
        None => Ok(()),
    };
    Box::pin(std::future::ready(told))
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let resource = Arn::federated_user(place.account, input.name.as_deref().unwrap_or_default());
    let mut context = Context::new();
    let pair = |tag: &Tag| Some((tag.key.clone()?, tag.value.clone()?));
    let tags = SessionTags { tags: input.tags.iter().filter_map(pair).collect(), transitive: Vec::new() };
    trust::of_tags(&mut context, &tags, None);
    let need = |action: &'static str| {
        let mut need = Need::on(action, &resource);
        need.context = context.clone();
        need
    };
    let tag = (!input.tags.is_empty()).then(|| need("sts:TagSession"));
    Access::all([Some(need("sts:GetFederationToken")), tag].into_iter().flatten())
}

pub async fn run(call: Call<Sts>, input: Input, (): ()) -> Result<Output, Error> {
    input.check()?;
    let user = callers::long_term_user(&call.caller, "GetFederationToken")?;
    let name = input.name.unwrap_or_default();
    let tags = input.tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value?)));
    let tags = SessionTags::new(tags, Vec::new())?;
    let managed_policies =
        session_policies::resolve(&call.host, call.place.account, input.policy.as_ref(), input.policy_arns).await?;
    let packed_policy_size = session_policies::packed_size(input.policy.as_ref(), &managed_policies, &tags)?;
    let plan = Plan {
        seconds: input.duration_seconds.unwrap_or(roles::DEFAULT_LONG_DURATION),
        who: callers::who(&call.caller),
        tags,
        policy: input.policy,
        managed_policies,
        ..Plan::default()
    };
    let acting = Acting {
        user_id: format!("{}:{name}", user.account),
        arn: Arn::federated_user(user.account, &name),
        bearer: Bearer::FederatedUser { name },
    };
    let issued = session(&call, user.account, Some(user.name.clone()), acting, plan)?;
    Ok(Output {
        credentials: (&issued).into(),
        federated_user: FederatedUser { federated_user_id: issued.user_id, arn: issued.arn.into() },
        packed_policy_size,
    })
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        violations.required("name", self.name.as_ref());
        if let Some(name) = &self.name {
            let shaped = |c: char| word(c) || "+=,.@-".contains(c);
            violations.length("name", name, 2, 32).pattern("name", name, "[\\w+=,.@-]*", shaped);
        }
        roles::check_long_duration(&mut violations, self.duration_seconds);
        session_policies::check(&mut violations, self.policy.as_ref(), &self.policy_arns);
        session_tags::check(&mut violations, &self.tags, &[]);
        Ok(violations.finish()?)
    }
}
