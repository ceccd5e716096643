//! CreateGroup: a group without members.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::principals::{Group, Permissions};
use vocab::{Arn, key_id};

use crate::checks::Checks;
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, callers, groups, shapes};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    group: shapes::Group,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let path = input.path.as_deref().unwrap_or("/");
    let name = input.group_name.as_deref().unwrap_or_default();
    Access::on("iam:CreateGroup", &Arn::iam(place.account, "group", path, name))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let path = checks.path("path", input.path);
    let name = checks.group_name(input.group_name);
    checks.finish()?;
    let group = Group {
        account: call.place.account,
        name,
        path,
        unique_id: key_id::unique_id("AGPA", call.place.account, &*call.host.random),
        permissions: Permissions::default(),
        created: call.time,
    };
    insert(&call, &group).await?;
    Ok(Output { group: shapes::Group::of(&group) })
}

async fn insert(call: &Call<Iam>, group: &Group) -> Result<(), Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let others = configuration.list::<Group>(&format!("{}/", call.place.account)).await?;
        if others.iter().any(|other| other.name.eq_ignore_ascii_case(&group.name)) {
            return Err(groups::exists(&group.name));
        }
        if others.len() >= GROUPS {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for GroupsPerAccount: {GROUPS}")));
        }
        let mut batch = configuration.batch();
        batch.insert(group)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

const GROUPS: usize = 300;
