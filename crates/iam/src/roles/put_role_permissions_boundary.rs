//! PutRolePermissionsBoundary: sets the managed policy that bounds a role.
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
    permissions_boundary: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, role: &Subject<Role>) -> Access {
    let needs = role.needs("iam:PutRolePermissionsBoundary");
    Access::all(permissions::naming_boundary(needs, input.permissions_boundary.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let boundary = checks.arn("permissionsBoundary", input.permissions_boundary);
    checks.finish()?;
    permissions::bound(&call, &role, &boundary).await
}
