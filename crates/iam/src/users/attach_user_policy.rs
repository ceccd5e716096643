//! AttachUserPolicy: attaches a managed policy to a user. Attaching it again changes nothing.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::User;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    policy_arn: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, user: &Subject<User>) -> Access {
    Access::all(permissions::naming_policy(user.needs_bounded("iam:AttachUserPolicy"), input.policy_arn.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let policy = checks.arn("policyArn", input.policy_arn);
    checks.finish()?;
    permissions::attach(&call, &user, &policy).await
}
