//! UntagRole: removes tags from a role. Keys that are not there do not matter.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, tags};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
    tag_keys: Option<Vec<String>>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(input: &Input, _: &Place, role: &Subject<Role>) -> Access {
    Access::all(tags::removed(role.needs("iam:UntagRole"), input.tag_keys.as_ref()))
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let keys = checks.tag_keys(input.tag_keys);
    checks.finish()?;
    role.change(&call, |role| {
        tags::remove(&mut role.tags, &keys);
        Ok(())
    })
    .await
}
