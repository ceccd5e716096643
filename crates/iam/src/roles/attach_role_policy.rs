//! AttachRolePolicy: attaches a managed policy to a role. Attaching it again changes nothing.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    policy_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, role: &Subject<Role>) -> Access {
    Access::all(permissions::naming_policy(role.needs_bounded("iam:AttachRolePolicy"), input.policy_arn.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let policy = checks.arn("policyArn", input.policy_arn);
    checks.finish()?;
    permissions::attach(&call, &role, &policy).await
}
