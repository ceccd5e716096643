//! GetPolicy: a managed policy, without its documents.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};

use crate::checks::Checks;
use crate::policies::shapes::Policy;
use crate::policies::usage::Usage;
use crate::policies::{Existing, Target, attachable};
use crate::{Error, Iam, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy: Policy,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(_: &Input, _: &Place, policy: &Target) -> Access {
    policy.access("iam:GetPolicy")
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.existing()?;
    let usage = Usage::of(&call).await?;
    let shown = match policy {
        Existing::Own(own) => Policy {
            description: own.description.clone(),
            tags: Some(shapes::policy_tags(&own.tags)),
            ..Policy::own(own, &usage)
        },
        Existing::Aws(aws) => {
            Policy { description: Some(aws.description.to_owned()), tags: Some(Vec::new()), ..Policy::aws(aws, &usage) }
        }
    };
    Ok(Output { policy: shown })
}
