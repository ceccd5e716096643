//! SimulatePrincipalPolicy: what the policies of a user, group or role would decide, with the service control policies
//! of the account.
//!
//! Differences from AWS: each pair of an action and a resource is a result of its own; actions of services that are not
//! served here are taken for actions that exist; what is known of the principal fills its condition keys where the
//! request gives none.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;

use crate::checks::Checks;
use crate::simulation::circumstances::ContextEntry;
use crate::simulation::entity::Entity;
use crate::simulation::exclusions::{self, Part, PolicyIdentifier};
use crate::simulation::outcome::{self, Output};
use crate::simulation::question::{Given, Members};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_source_arn: Option<String>,
    policy_input_list: Option<Vec<String>>,
    permissions_boundary_policy_input_list: Option<Vec<String>>,
    policy_exclusion_list: Option<Vec<PolicyIdentifier>>,
    action_names: Option<Vec<String>>,
    resource_arns: Option<Vec<String>>,
    resource_policy: Option<String>,
    resource_owner: Option<String>,
    caller_arn: Option<String>,
    context_entries: Option<Vec<ContextEntry>>,
    resource_handling_option: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Entity, Error> {
    Box::pin(Entity::of(visit, input.policy_source_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, entity: &Entity) -> Access {
    entity.access("iam:SimulatePrincipalPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, entity: Entity) -> Result<Output, Error> {
    let excluded = input.policy_exclusion_list.unwrap_or_default();
    let members = Members {
        policy_input_list: input.policy_input_list,
        permissions_boundary_policy_input_list: input.permissions_boundary_policy_input_list,
        action_names: input.action_names,
        resource_arns: input.resource_arns,
        resource_policy: input.resource_policy,
        resource_owner: input.resource_owner,
        caller_arn: input.caller_arn,
        context_entries: input.context_entries,
        resource_handling_option: input.resource_handling_option,
    };
    let mut checks = Checks::new();
    checks.arn("policySourceArn", input.policy_source_arn);
    members.check(&mut checks);
    exclusions::check(&mut checks, &excluded);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let given = given(&call, &entity, &excluded).await?;
    let question = members.ask(given, call.place.account)?;
    outcome::answer(&call, "SimulatePrincipalPolicy", question, page).await
}

/// What the entity and its account bring, without what the request leaves out.
async fn given(call: &Call<Iam>, entity: &Entity, excluded: &[PolicyIdentifier]) -> Result<Given, Error> {
    let identity = exclusions::apply(excluded, Part::Identity, entity.policies(call).await?)?;
    let boundary = match entity.boundary(call).await? {
        None => None,
        Some(sources) => {
            let had = sources.len();
            let left = exclusions::apply(excluded, Part::Boundary, sources)?;
            // A boundary that was left out is none; one that is gone still bounds.
            (left.len() == had).then_some(left)
        }
    };
    let mut service_control = Vec::new();
    for level in &call.state.service_control {
        let left = exclusions::apply(excluded, Part::ServiceControl, level.clone())?;
        if !left.is_empty() {
            service_control.push(left);
        }
    }
    Ok(Given { identity, boundary, service_control, caller: entity.caller()? })
}
