//! ListGroupPolicies: the names of the inline policies of a group.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    policy_names: Vec<String>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:ListGroupPolicies")
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let names = permissions::inline_names(&call, "ListGroupPolicies", &group, page).await?;
    Ok(Output { policy_names: names.items, is_truncated: names.is_truncated, marker: names.marker })
}
