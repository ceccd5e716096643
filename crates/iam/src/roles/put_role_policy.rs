//! PutRolePolicy: creates or replaces an inline policy of a role.
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
    policy_name: Option<String>,
    policy_document: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    Access::all(role.needs_bounded("iam:PutRolePolicy"))
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let policy = checks.policy_name(input.policy_name);
    let document = checks.document("policyDocument", input.policy_document);
    checks.finish()?;
    permissions::put_inline(&call, &role, &policy, &document).await
}
