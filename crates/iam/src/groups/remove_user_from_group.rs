//! RemoveUserFromGroup: a user leaves a group. It need not be a member.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::{Group, User};

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, groups};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
    user_name: Option<String>,
}

/// The group, and who is to be in it or not.
pub struct Facts {
    group: Subject<Group>,
    user: Subject<User>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Facts, Error> {
    Box::pin(async move {
        let group = subject::by_name(visit, input.group_name.as_deref()).await?;
        let user = subject::by_name(visit, input.user_name.as_deref()).await?;
        Ok(Facts { group, user })
    })
}

pub fn access(_: &Input, _: &Place, facts: &Facts) -> Access {
    facts.group.access("iam:RemoveUserFromGroup")
}

pub async fn run(call: Call<Iam>, input: Input, facts: Facts) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    checks.user_name(input.user_name);
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let old = facts.user.current(&call).await?;
        let from = facts.group.current(&call).await?;
        if !groups::is_in(&old, &from) {
            return Ok(());
        }
        let mut new = User::clone(&old);
        new.groups.retain(|name| !name.eq_ignore_ascii_case(&from.name));
        let mut batch = call.host.configuration.batch();
        batch.replace(&old, &new)?;
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
