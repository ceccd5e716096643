//! GetRole: everything about a role.
//!
//! Differences from AWS: the last use is not recorded, so RoleLastUsed is empty.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::trust::Names;
use crate::{Error, Iam, roles, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    role: shapes::Role,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:GetRole")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    checks.finish()?;
    let role = role.existing()?;
    let names = Names::of(&call.host, [role.trust.as_str()])?;
    Ok(Output { role: roles::whole(role, &names) })
}
