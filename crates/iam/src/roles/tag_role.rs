//! TagRole: adds tags to a role, or overwrites them. Keys ignore case.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Role;

use crate::checks::Checks;
use crate::shapes::Tag;
use crate::subject::{self, Subject};
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    tags: Option<Vec<Tag>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, role: &Subject<Role>) -> Access {
    Access::all(tags::requested(input.tags.as_ref(), || role.needs("iam:TagRole")))
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let new = checks.required_tags(input.tags);
    checks.finish()?;
    role.change(&call, |role| tags::put(&mut role.tags, &new)).await
}
