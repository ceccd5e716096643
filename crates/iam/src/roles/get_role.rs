//! GetRole: everything about a role.
//!
//! Differences from AWS: the last use shows at once, and one of the last half minute may be lost when the server dies.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::shapes::RoleLastUsed;
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
    let last_used = RoleLastUsed::of(&call.host, &role.unique_id).await?;
    Ok(Output { role: roles::whole(role, &names, last_used) })
}
