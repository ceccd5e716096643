//! ListRoleTags: the tags of a role.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;

use crate::checks::Checks;
use crate::shapes::{self, Tag};
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
    tags: Vec<Tag>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:ListRoleTags")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let tags = page.of_places(&call, "ListRoleTags", shapes::tags(&role.existing()?.tags)).await?;
    Ok(Output { tags: tags.items, is_truncated: tags.is_truncated, marker: tags.marker })
}
