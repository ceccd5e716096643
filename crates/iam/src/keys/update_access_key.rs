//! UpdateAccessKey: lets a key sign, or no longer.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::AccessKey;

use crate::checks::Checks;
use crate::keys::owner::Owner;
use crate::subject::ATTEMPTS;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    access_key_id: Option<String>,
    status: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Owner, Error> {
    Box::pin(Owner::of(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, place: &Place, owner: &Owner) -> Access {
    owner.access("iam:UpdateAccessKey", place.account)
}

pub async fn run(call: Call<Iam>, input: Input, owner: Owner) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.optional_user_name(input.user_name);
    let id = checks.access_key_id(input.access_key_id);
    checks.one_of("status", input.status.as_deref(), &["Active", "Inactive", "Expired"]);
    let status = checks.required("status", input.status);
    checks.finish()?;
    if status == "Expired" {
        return Err(Error::InvalidInput("A key cannot be set to Expired.".into()));
    }
    for _ in 0..ATTEMPTS {
        let old = owner.key(&call, &id).await?;
        let new = AccessKey { active: status == "Active", ..AccessKey::clone(&old) };
        let mut batch = call.host.configuration.batch();
        batch.replace(&old, &new)?;
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
