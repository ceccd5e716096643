//! ListGroups: the groups of the account whose path begins with a prefix.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Record;
use store::records::principals::Group;

use crate::checks::Checks;
use crate::{Error, Iam, callers, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path_prefix: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    groups: Vec<shapes::Group>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:ListGroups")
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let prefix = checks.path_prefix(input.path_prefix);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let all = call.host.configuration.list::<Group>(&format!("{}/", call.place.account)).await?;
    let below = all.into_iter().filter(|group| group.path.starts_with(&prefix));
    let listed = page.of(&call, "ListGroups", below.map(|group| (group.id(), group))).await?;
    let groups = listed.items.iter().map(|group| shapes::Group::of(group)).collect();
    Ok(Output { groups, is_truncated: listed.is_truncated, marker: listed.marker })
}
