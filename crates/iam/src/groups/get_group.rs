//! GetGroup: a group with a page of its members.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Record;
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, groups, shapes};

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
    group: shapes::Group,
    users: Vec<shapes::User>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:GetGroup")
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let group = group.existing()?;
    let members = groups::members(&call, group).await?;
    let members = members.iter().map(|user| (user.id(), shapes::User::of(user)));
    let listed = page.of(&call, "GetGroup", members.collect::<Vec<_>>()).await?;
    let (users, is_truncated, marker) = (listed.items, listed.is_truncated, listed.marker);
    Ok(Output { group: shapes::Group::of(group), users, is_truncated, marker })
}
