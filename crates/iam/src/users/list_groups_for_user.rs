//! ListGroupsForUser: the groups that a user is in.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::{Group, User, named};

use crate::checks::Checks;
use crate::subject::{self, Subject};
use crate::{Error, Iam, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
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

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, user: &Subject<User>) -> Access {
    user.access("iam:ListGroupsForUser")
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<Output, Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let mut groups = Vec::new();
    for name in &user.existing()?.groups {
        groups.extend(call.host.configuration.get::<Group>(&named(call.place.account, name)).await?);
    }
    let listed = page.of_places(&call, "ListGroupsForUser", groups).await?;
    let groups = listed.items.iter().map(|group| shapes::Group::of(group)).collect();
    Ok(Output { groups, is_truncated: listed.is_truncated, marker: listed.marker })
}
