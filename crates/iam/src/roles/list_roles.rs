//! ListRoles: the roles of the account whose path begins with a prefix. Tags, boundary and last use are left out.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::records::principals::Role;
use store::{Record, Stored};

use crate::checks::Checks;
use crate::trust::Names;
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
    roles: Vec<shapes::Role>,
    is_truncated: bool,
    marker: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(_: &Input, _: &Place, (): &()) -> Access {
    Access::on_any("iam:ListRoles")
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let prefix = checks.path_prefix(input.path_prefix);
    let page = checks.page(input.marker, input.max_items);
    checks.finish()?;
    let all = call.host.configuration.list::<Role>(&format!("{}/", call.place.account)).await?;
    let below = all.into_iter().filter(|role| role.path.starts_with(&prefix));
    let listed = page.of(&call, "ListRoles", below.map(|role| (role.id(), role))).await?;
    let names = Names::of(&call.host, listed.items.iter().map(|role| role.trust.as_str()))?;
    let shown = |role: &Stored<Role>| shapes::Role {
        description: role.description.clone(),
        max_session_duration: Some(role.max_session_duration),
        ..shapes::Role::of(role, &names)
    };
    let roles = listed.items.iter().map(shown).collect();
    Ok(Output { roles, is_truncated: listed.is_truncated, marker: listed.marker })
}
