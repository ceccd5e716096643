//! DeleteAccessKey: a key is gone for good.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Gathering, Place, Visit};
use serde::Deserialize;
use store::Outcome;
use store::records::principals::User;

use crate::checks::Checks;
use crate::keys::owner::Owner;
use crate::subject::ATTEMPTS;
use crate::{Error, Iam};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    user_name: Option<String>,
    access_key_id: Option<String>,
}

pub fn facts<'a>(visit: &'a Visit<Iam>, input: &'a Input) -> Gathering<'a, Owner, Error> {
    Box::pin(Owner::of(visit, input.user_name.as_deref()))
}

pub fn access(_: &Input, place: &Place, owner: &Owner) -> Access {
    owner.access("iam:DeleteAccessKey", place.account)
}

pub async fn run(call: Call<Iam>, input: Input, owner: Owner) -> Result<(), Error> {
    let mut checks = Checks::new();
    checks.optional_user_name(input.user_name);
    let id = checks.access_key_id(input.access_key_id);
    checks.finish()?;
    for _ in 0..ATTEMPTS {
        let key = owner.key(&call, &id).await?;
        let mut batch = call.host.configuration.batch();
        if let Owner::User(user) = &owner {
            let old = user.current(&call).await?;
            let mut new = User::clone(&old);
            new.access_keys.retain(|own| *own != key.id);
            batch.replace(&old, &new)?;
        }
        batch.delete(&key);
        if call.host.configuration.commit(batch).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::ConcurrentModification)
}
