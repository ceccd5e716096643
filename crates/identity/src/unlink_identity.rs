//! UnlinkIdentity: takes logins off an identity. Unlinking the last one makes it inaccessible for good.
//!
//! Unsigned: one valid login of the identity is the proof.
//! Differences from AWS: none known.

use operation::{Access, Call, Host, Place, Violations};
use serde::Deserialize;
use store::Outcome;
use store::identities::{Identity as Record, Login, Step};

use crate::governed::{self, Governed, Names, Unsigned};
use crate::shapes::Logins;
use crate::{Error, Identity, checks, logins, pools};

/// The identity, the proof, and what is to go.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
    logins: Option<Logins>,
    logins_to_remove: Option<Vec<String>>,
}

impl Unsigned for Input {
    fn names(&self) -> Names<'_> {
        Names::Identity(self.identity_id.as_deref())
    }

    fn signs_in(&self) -> bool {
        self.logins.as_ref().is_some_and(|logins| !logins.is_empty())
    }
}

pub fn access(_: &Input, place: &Place, governed: &Governed) -> Access {
    governed::access("cognito-identity:UnlinkIdentity", place.account, governed)
}

pub async fn run(call: Call<Identity>, input: Input, _: Governed) -> Result<(), Error> {
    let given = input.check()?;
    let id = input.identity_id.unwrap_or_default();
    let removed = input.logins_to_remove.unwrap_or_default();
    let (first, pool) = pools::of_identity(&call.host, &id).await?;
    if first.disabled {
        return Err(Error::forbidden(&first.id));
    }
    let proven: Vec<Login> =
        logins::verify(&call, &pool, &given).await?.into_iter().map(|proven| proven.login).collect();
    take_off(&call.host, &id, &proven, &removed).await
}

/// Takes the logins of these providers off an identity that one of the proven logins belongs to.
pub async fn take_off(host: &Host, id: &str, proven: &[Login], removed: &[String]) -> Result<(), Error> {
    for _ in 0..TRIES {
        let (identity, _) = pools::of_identity(host, id).await?;
        if identity.disabled {
            return Err(Error::forbidden(&identity.id));
        }
        if !proven.iter().any(|proven| identity.logins.contains(proven)) {
            return Err(Error::logins_do_not_match());
        }
        if let Some(name) = removed.iter().find(|name| !identity.logins.iter().any(|login| login.provider == **name)) {
            return Err(Error::ResourceNotFound(format!("The identity has no login of {name}.")));
        }
        let kept = identity.logins.iter().filter(|login| !removed.contains(&login.provider)).cloned().collect();
        let new = Record { logins: kept, modified: host.now(), ..(*identity.record).clone() };
        if host.identities.commit(&[Step::Change(&identity, &new)]).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::TooManyRequests)
}

impl Input {
    fn check(&self) -> Result<Logins, Error> {
        let mut violations = Violations::new();
        checks::identity_id(&mut violations, self.identity_id.as_ref());
        violations.required("logins", self.logins.as_ref());
        violations.required("loginsToRemove", self.logins_to_remove.as_ref());
        let given = self.logins.clone().unwrap_or_default();
        checks::logins(&mut violations, &given);
        for name in self.logins_to_remove.iter().flatten() {
            violations.length("loginsToRemove", name, 1, 128);
        }
        violations.finish()?;
        Ok(given)
    }
}

const TRIES: usize = 64;
