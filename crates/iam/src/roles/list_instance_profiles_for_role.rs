//! ListInstanceProfilesForRole: the instance profiles that a role is in. There are no machines here that could have one,
//! so there are none; tools ask before they delete a role.
//!
//! Differences from AWS: the list is always empty.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    instance_profiles: [(); 0],
    is_truncated: bool,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:ListInstanceProfilesForRole")
}

pub async fn run(_: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    checks.page(input.marker, input.max_items);
    checks.finish()?;
    role.existing()?;
    Ok(Output { instance_profiles: [], is_truncated: false })
}
