//! DeleteRole: deletes a role that holds no policies. Its sessions are refused from now on; a
//! boundary does not stand in the way.
//!
//! Differences from AWS: there are no instance profiles to be removed first.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::Role;

use crate::checks::Checks;
use crate::subject::{self, ATTEMPTS, Subject};
use crate::{Error, Iam, permissions};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    role_name: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Subject<Role>, Error> {
    Box::pin(subject::by_name(visit, input.role_name.as_deref()))
}

pub fn access(_: &Input, _: &Place, role: &Subject<Role>) -> Access {
    role.access("iam:DeleteRole")
}

pub async fn run(call: Call<Iam>, input: Input, role: Subject<Role>) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.role_name(input.role_name);
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let now = role.current(&call).await?;
        permissions::nothing_left(&now.permissions)?;
        let mut batch = call.host.configuration.batch();
        batch.delete(&now);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
