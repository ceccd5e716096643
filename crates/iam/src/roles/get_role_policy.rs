//! GetRolePolicy: one inline policy of a role, its document percent-encoded.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    policy_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role_name: String,
    policy_name: String,
    #[serde(serialize_with = "wire::documents::percent_encoded")]
    policy_document: String,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:GetRolePolicy")
}

pub async fn run(_: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let policy = checks.policy_name(input.policy_name);
    checks.finish()?;
    let (policy_name, policy_document) = permissions::inline(&role, &policy)?;
    Ok(Output { role_name: role.existing()?.name.clone(), policy_name, policy_document })
}
