//! UpdateRoleDescription: replaces the description. UpdateRole came in its place.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::trust::Names;
use crate::{Error, Iam, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    description: Option<String>,
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
    role.access("iam:UpdateRoleDescription")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let description = checks.required("description", input.description);
    let description = checks.role_description(Some(description));
    checks.finish()?;
    role.change(&call, |role| {
        role.description = description.clone();
        Ok(())
    })
    .await?;
    let names = Names::of(&call.host, [role.existing()?.trust.as_str()])?;
    let shown = shapes::Role::of(role.existing()?, &names);
    Ok(Output { role: shapes::Role { description, ..shown } })
}
