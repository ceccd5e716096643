//! GetContextKeysForPrincipalPolicy: the condition keys and variables that the policies of a user, group or role read,
//! and those of further documents.
//!
//! Differences from AWS: the keys are sorted.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::simulation::entity::Entity;
use crate::simulation::question::inputs;
use crate::simulation::sources::Sources;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_source_arn: Option<String>,
    policy_input_list: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    context_key_names: Vec<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Entity, Error> {
    Box::pin(Entity::of(visit, input.policy_source_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, entity: &Entity) -> Access {
    entity.access("iam:GetContextKeysForPrincipalPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, entity: Entity) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.arn("policySourceArn", input.policy_source_arn);
    let documents = input.policy_input_list.unwrap_or_default();
    checks.documents("policyInputList", &documents);
    checks.finish()?;
    let mut policies = entity.policies(&call).await?;
    policies.extend(inputs("PolicyInputList", Some(documents)));
    let mut sources = Sources::default();
    sources.compile_all(policies, policy::Kind::Identity)?;
    Ok(Output { context_key_names: sources.keys() })
}
