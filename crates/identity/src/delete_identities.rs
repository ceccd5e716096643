//! DeleteIdentities: deletes identities with their logins. Ids that are not there count as done.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Host, Place, Violations};
use serde::{Deserialize, Serialize};
use store::Outcome;
use store::identities::Step;
use vocab::AccountId;

use crate::{Error, Identity, checks, pools};

/// The identities.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_ids_to_delete: Option<Vec<String>>,
}

/// Those that could not be deleted.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    unprocessed_identity_ids: Vec<Unprocessed>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unprocessed {
    identity_id: String,
    error_code: &'static str,
}

pub fn access(_: &Input, _: &Place) -> Access {
    Access::on_any("cognito-identity:DeleteIdentities")
}

pub async fn run(call: Call<Identity>, input: Input) -> Result<Output, Error> {
    let ids = input.check()?;
    let mut unprocessed_identity_ids = Vec::new();
    for identity_id in ids {
        let failed = match delete(&call.host, call.place.account, &identity_id).await {
            Ok(()) | Err(Error::ResourceNotFound(_)) => None,
            Err(Error::NotAuthorized(_)) => Some("AccessDenied"),
            Err(error) => {
                call.note(format!("{identity_id} was not deleted: {error}"));
                Some("InternalServerError")
            }
        };
        unprocessed_identity_ids.extend(failed.map(|error_code| Unprocessed { identity_id, error_code }));
    }
    Ok(Output { unprocessed_identity_ids })
}

/// Deletes one identity of the account.
pub async fn delete(host: &Host, account: AccountId, id: &str) -> Result<(), Error> {
    for _ in 0..TRIES {
        let (identity, pool) = pools::of_identity(host, id).await?;
        if pool.account != account {
            return Err(Error::forbidden(&identity.id));
        }
        if host.identities.commit(&[Step::Delete(&identity)]).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::TooManyRequests)
}

impl Input {
    fn check(self) -> Result<Vec<String>, Error> {
        let mut violations = Violations::new();
        violations.required("identityIdsToDelete", self.identity_ids_to_delete.as_ref());
        let ids = self.identity_ids_to_delete.unwrap_or_default();
        violations.count("identityIdsToDelete", ids.len(), 1, 60);
        for id in &ids {
            checks::identity_id(&mut violations, Some(id));
        }
        violations.finish()?;
        Ok(ids)
    }
}

const TRIES: usize = 16;
