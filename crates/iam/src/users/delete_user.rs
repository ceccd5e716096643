//! DeleteUser: deletes a user that holds no policies and no keys, and is in no group.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::User;

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<User>, Error> {
    Box::pin(subject::by_name(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, user: &Subject<User>) -> Access {
    user.access("iam:DeleteUser")
}

pub async fn run(call: Call<Iam>, input: Input, user: Subject<User>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.user_name(input.user_name);
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let now = user.current(&call).await?;
        permissions::nothing_left(&now.permissions)?;
        if !now.access_keys.is_empty() || !now.groups.is_empty() {
            return Err(Error::DeleteConflict("Cannot delete entity, must remove referenced objects first."));
        }
        let mut batch = call.host.configuration.batch();
        batch.delete(&now);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
