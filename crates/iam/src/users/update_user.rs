//! UpdateUser: another name or path. Unique id, keys, policies and groups stay.
//!
//! Differences from AWS: temporary credentials that the user asked for end with the old name.

use operation::{Access, Call, Gathering, Need, Place, Visit};
use serde::Deserialize;
use store::records::principals::{AccessKey, User};
use store::{Outcome, Record};
use vocab::Arn;

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, users};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    new_path: Option<String>,
    new_user_name: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

/// The user as it is, and as it will be: else a rename would leave the paths the caller is kept to.
pub fn access(input: &Input, place: &Place, user: &Subject<User>) -> Access {
    let mut needs = user.needs("iam:UpdateUser");
    if let Some(found) = user.found() {
        let path = input.new_path.as_deref().unwrap_or(&found.path);
        let name = input.new_user_name.as_deref().unwrap_or(&found.name);
        needs.push(Need::on("iam:UpdateUser", &Arn::iam(place.account, "user", path, name)));
    }
    Access::all(needs)
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    let path = input.new_path.map(|path| checks.path("newPath", Some(path)));
    let name = input.new_user_name.map(|name| checks.name("newUserName", Some(name), 64));
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let old = user.current(&call).await?;
        let mut new = User::clone(&old);
        new.path = path.clone().unwrap_or(new.path);
        new.name = name.clone().unwrap_or(new.name);
        if rename(&call, &old, &new).await? {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}

/// Writes the user under its new name, and its keys with it. `false`: somebody came between.
async fn rename(call: &Call<Iam>, old: &store::Stored<User>, new: &User) -> Result<bool, Error> {
    let configuration = &call.host.configuration;
    let mut batch = configuration.batch();
    if old.id() == new.id() {
        batch.replace(old, new)?;
    } else {
        if configuration.get::<User>(&new.id()).await?.is_some() {
            return Err(users::exists(&new.name));
        }
        batch.delete(old);
        batch.insert(new)?;
    }
    for id in &old.access_keys {
        if let Some(key) = configuration.get::<AccessKey>(id.as_str()).await? {
            batch.replace(&key, &AccessKey { user: Some(new.name.clone()), ..AccessKey::clone(&key) })?;
        }
    }
    Ok(configuration.commit(batch).await? == Outcome::Committed)
}
