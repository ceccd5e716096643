//! PutUserPermissionsBoundary: sets the managed policy that bounds a user.
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
    permissions_boundary: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, user: &Subject<User>) -> Access {
    let needs = user.needs("iam:PutUserPermissionsBoundary");
    Access::all(permissions::naming_boundary(needs, input.permissions_boundary.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let boundary = checks.arn("permissionsBoundary", input.permissions_boundary);
    checks.finish()?;
    permissions::bound(&call, &user, &boundary).await
}
