//! DetachGroupPolicy: detaches a managed policy from a group.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    policy_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, group: &Subject<Group>) -> Access {
    Access::all(permissions::naming_policy(group.needs("iam:DetachGroupPolicy"), input.policy_arn.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let policy = checks.arn("policyArn", input.policy_arn);
    checks.finish()?;
    permissions::detach(&call, &group, &policy).await
}
