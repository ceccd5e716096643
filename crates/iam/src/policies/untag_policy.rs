//! UntagPolicy: removes tags from a managed policy. Keys are told apart by case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;

use crate::checks::Checks;
use crate::policies::{Target, attachable};
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    policy_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Target, Error> {
    Box::pin(Target::of(visit, input.policy_arn.as_deref()))
}

pub fn access(input: &Input, _: &Place, policy: &Target) -> Access {
    Access::all(tags::removed(policy.own.needs("iam:UntagPolicy"), input.tag_keys.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, policy: Target) -> Result<(), Error> {
    let mut checks = Checks::new();
    let arn = checks.arn("policyArn", input.policy_arn);
    let keys = checks.tag_keys(input.tag_keys);
    checks.finish()?;
    attachable::arn(&arn)?;
    let policy = policy.changeable(&call, "iam:UntagPolicy")?;
    policy
        .change(&call, |policy| {
            policy.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
        .await
}
