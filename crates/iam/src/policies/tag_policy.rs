//! TagPolicy: adds tags to a managed policy, or overwrites them. Keys are told apart by case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;

use crate::checks::Checks;
use crate::policies::{Target, attachable};
use crate::shapes::Tag;
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(input: &Input, _: &Place, policy: &Target) -> Access {
    Access::all(tags::requested(input.tags.as_ref(), || policy.own.needs("iam:TagPolicy")))
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let new = checks.required_tags(input.tags);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.changeable(&call, "iam:TagPolicy")?;
    policy.change(&call, |policy| tags::put_exactly(&mut policy.tags, &new)).await
}
