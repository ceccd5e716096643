//! CreateUser: a user without keys, who may do nothing yet.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::records::principals::{Permissions, User};
use vocab::{Arn, key_id};

use crate::checks::Checks;
use crate::policies::attachable;
use crate::shapes::{self, Tag};
use crate::subject::ATTEMPTS;
use crate::{Error, Iam, callers, permissions, tags, users};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    path: Option<String>,
    user_name: Option<String>,
    permissions_boundary: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    user: shapes::User,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, _: &'a Input) -> Gathering<'a, (), Error> {
    callers::admitted(visit)
}

pub fn access(input: &Input, place: &Place, (): &()) -> Access {
    let path = input.path.as_deref().unwrap_or("/");
    let arn = Arn::iam(place.account, "user", path, input.user_name.as_deref().unwrap_or_default());
    let make = || {
        let create = vec![Need::on("iam:CreateUser", &arn)];
        let mut needs = permissions::naming_boundary(create, input.permissions_boundary.as_ref());
        if tags::any(input.tags.as_ref()) {
            needs.push(Need::on("iam:TagUser", &arn));
        }
        needs
    };
    Access::all(tags::requested(input.tags.as_ref(), make))
}

pub async fn run(call: Call<Iam>, input: Input, (): ()) -> Result<Output, Error> {
    let mut checks = Checks::new();
    let path = checks.path("path", input.path);
    let name = checks.name("userName", input.user_name, 64);
    let boundary = checks.optional_arn("permissionsBoundary", input.permissions_boundary);
    let new_tags = checks.tags(input.tags);
    checks.finish()?;
    let user = User {
        account: call.place.account,
        name,
        path,
        unique_id: key_id::unique_id("AIDA", call.place.account, &*call.host.random),
        permissions: Permissions::default(),
        groups: Vec::new(),
        access_keys: Vec::new(),
        tags: tags::first(new_tags)?,
        created: call.time,
    };
    let user = insert(&call, user, boundary.as_deref()).await?;
    Ok(Output { user: shapes::User::whole(&user) })
}

async fn insert(call: &Call<Iam>, mut user: User, boundary: Option<&str>) -> Result<User, Error> {
    let configuration = &call.host.configuration;
    for _ in 0..ATTEMPTS {
        let others = configuration.list::<User>(&format!("{}/", call.place.account)).await?;
        if others.iter().any(|other| other.name.eq_ignore_ascii_case(&user.name)) {
            return Err(users::exists(&user.name));
        }
        if others.len() >= USERS {
            return Err(Error::LimitExceeded(format!("Cannot exceed quota for UsersPerAccount: {USERS}")));
        }
        let mut batch = configuration.batch();
        if let Some(boundary) = boundary {
            user.permissions.boundary = Some(attachable::hold_boundary(call, boundary, &mut batch).await?);
        }
        batch.insert(&user)?;
        if configuration.commit(batch).await? == Outcome::Committed {
            return Ok(user);
        }
    }
    Err(Error::ConcurrentModification)
}

const USERS: usize = 5000;
