//! UpdateGroup: another name or path. Unique id, policies and members stay.
//!
//! Differences from AWS: a group of more than 400 members keeps its name, since all of them change
//! with it in one step.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::Deserialize;
use store::records::principals::{Group, User};
use store::{Outcome, Record, Stored};
use vocab::Arn;

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, groups};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    new_path: Option<String>,
    new_group_name: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

/// The group as it is, and as it will be.
pub fn access(input: &Input, place: &Place, group: &Subject<Group>) -> Access {
    let mut needs = group.needs("iam:UpdateGroup");
    if let Some(found) = group.found() {
        let path = input.new_path.as_deref().unwrap_or(&found.path);
        let name = input.new_group_name.as_deref().unwrap_or(&found.name);
        needs.push(Need::on("iam:UpdateGroup", &Arn::iam(place.account, "group", path, name)));
    }
    Access::all(needs)
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    let path = input.new_path.map(|path| checks.path("newPath", Some(path)));
    let name = input.new_group_name.map(|name| checks.name("newGroupName", Some(name), 128));
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let old = group.current(&call).await?;
        let mut new = Group::clone(&old);
        new.path = path.clone().unwrap_or(new.path);
        new.name = name.clone().unwrap_or(new.name);
        if rename(&call, &old, &new).await? {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

/// Writes the group under its new name, and its members with it. `false`: somebody came between.
async fn rename(call: &Call<Iam>, old: &Stored<Group>, new: &Group) -> Result<bool, Error> {
    let configuration = &call.host.configuration;
    let mut batch = configuration.batch();
    if old.id() == new.id() {
        batch.replace(old, new)?;
    } else {
        if configuration.get::<Group>(&new.id()).await?.is_some() {
            return Err(groups::exists(&new.name));
        }
        batch.delete(old);
        batch.insert(new)?;
    }
    if old.name != new.name {
        let members = groups::members(call, old).await?;
        if members.len() > MEMBERS {
            return Err(Error::LimitExceeded(format!("Cannot rename a group of more than {MEMBERS} users.")));
        }
        for member in members {
            let mut user = User::clone(&member);
            for name in user.groups.iter_mut().filter(|name| name.eq_ignore_ascii_case(&old.name)) {
                name.clone_from(&new.name);
            }
            batch.replace(&member, &user)?;
        }
    }
    Ok(configuration.commit(batch).await? == Outcome::Committed)
}

/// One commit has at most 500 writes.
const MEMBERS: usize = 400;
