//! DeleteGroup: deletes a group without policies and members.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::Group;

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, groups, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    group_name: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Group>, Error> {
    Box::pin(subject::by_name(visit, input.group_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, group: &Subject<Group>) -> Access {
    group.access("iam:DeleteGroup")
}

pub async fn run(call: Call<Iam>, input: Input, group: Subject<Group>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.group_name(input.group_name);
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let now = group.current(&call).await?;
        permissions::nothing_left(&now.permissions)?;
        // Whoever joins the group writes it too: then the deletion below starts over.
        if !groups::members(&call, &now).await?.is_empty() {
            return Err(Error::DeleteConflict("Cannot delete entity, must remove users from group first."));
        }
        let mut batch = call.host.configuration.batch();
        batch.delete(&now);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
