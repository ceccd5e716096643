//! GetContextKeysForCustomPolicy: the condition keys and variables that documents read.
//!
//! Differences from AWS: the keys are sorted.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::simulation::question::inputs;
use crate::simulation::sources::Sources;
use crate::{Error, Iam, callers};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_input_list: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    context_key_names: Vec<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:GetContextKeysForCustomPolicy")
}

pub async fn run(_: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let documents = checks.required_list("policyInputList", input.policy_input_list);
    checks.documents("policyInputList", &documents);
    checks.finish()?;
    let mut sources = Sources::default();
    sources.compile_all(inputs("PolicyInputList", Some(documents)), policy::Kind::Identity)?;
    Ok(Output { context_key_names: sources.keys() })
}
