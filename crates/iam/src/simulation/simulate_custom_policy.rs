//! SimulateCustomPolicy: what policies that the request brings would decide.
//!
//! Differences from AWS: each pair of an action and a resource is a result of its own; actions of services that are not
//! served here are taken for actions that exist.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;

use crate::checks::Checks;
use crate::simulation::circumstances::ContextEntry;
use crate::simulation::outcome::{self, Output};
use crate::simulation::question::{Given, Members};
use crate::simulation::sources::Source;
use crate::{Error, Iam, callers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_input_list: Option<Vec<String>>,
    permissions_boundary_policy_input_list: Option<Vec<String>>,
    ordered_organization_policy_input_list: Option<Vec<OrganizationPolicy>>,
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

/// The service control policies of one level of an organisation, the root first.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrganizationPolicy {
    service_control_policy_input_list: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:SimulateCustomPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let levels = input.ordered_organization_policy_input_list.unwrap_or_default();
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
    checks.required_list("policyInputList", members.policy_input_list.clone());
    members.check(&mut checks);
    for (index, level) in levels.iter().enumerate() {
        let path = format!("orderedOrganizationPolicyInputList.{}.member.serviceControlPolicyInputList", index + 1);
        checks.documents(&path, level.service_control_policy_input_list.as_deref().unwrap_or_default());
    }
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let service_control = organization(levels)?;
    let given = Given { service_control, ..Given::default() };
    let question = members.ask(given, call.place.account)?;
    outcome::answer(&call, "SimulateCustomPolicy", question, page).await
}

fn organization(levels: Vec<OrganizationPolicy>) -> Result<Vec<Vec<Source>>, Error> {
    let mut found = Vec::new();
    for (index, level) in levels.into_iter().enumerate() {
        let documents = level.service_control_policy_input_list.unwrap_or_default();
        if documents.is_empty() {
            let number = index + 1;
            let text =
                format!("Organization policy at index {number} must contain at least one service control policy");
            return Err(Error::InvalidInput(text));
        }
        let list = format!("OrderedOrganizationPolicyInputList.{}.ServiceControlPolicyInputList", index + 1);
        found.push(crate::simulation::question::inputs(&list, Some(documents)));
    }
    Ok(found)
}
