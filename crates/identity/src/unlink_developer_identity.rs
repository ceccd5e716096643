//! UnlinkDeveloperIdentity: takes one of a developer's users off an identity. They get a new one next time; without any
//! login left, the identity is inaccessible for good.
//!
//! Differences from AWS: none known.

use operation::{Access, Call, Host, Place, Violations};
use serde::Deserialize;
use store::Outcome;
use store::identities::{Identity as Record, Login, Step};
use store::records::pools::Pool;

use crate::pools::{NamesPool, PoolTags, on_pool};
use crate::{Error, Identity, checks, pools};

/// The identity and the user.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Input {
    identity_id: Option<String>,
    identity_pool_id: Option<String>,
    developer_provider_name: Option<String>,
    developer_user_identifier: Option<String>,
}

impl NamesPool for Input {
    fn pool_id(&self) -> Option<&str> {
        self.identity_pool_id.as_deref()
    }
}

pub fn access(input: &Input, place: &Place, tags: &PoolTags) -> Access {
    on_pool("cognito-identity:UnlinkDeveloperIdentity", place, input, tags)
}

pub async fn run(call: Call<Identity>, input: Input, _: PoolTags) -> Result<(), Error> {
    input.check()?;
    let pool = pools::find_own(&call.host, call.place.account, input.pool_id().unwrap_or_default()).await?;
    let provider = pools::developer_provider(&pool, input.developer_provider_name.as_ref())?;
    let login = Login { provider, subject: input.developer_user_identifier.unwrap_or_default() };
    take_off(&call.host, &pool, &input.identity_id.unwrap_or_default(), &login).await
}

/// Takes a developer's user off an identity of the pool.
pub async fn take_off(host: &Host, pool: &Pool, id: &str, login: &Login) -> Result<(), Error> {
    let typed = checks::typed_identity(id)?;
    for _ in 0..TRIES {
        let identity = host.identities.get(&typed).await?.filter(|identity| identity.pool == pool.id);
        let identity = identity.ok_or_else(|| Error::ResourceNotFound(format!("Identity '{id}' not found.")))?;
        if !identity.logins.contains(login) {
            return Err(Error::ResourceNotFound(format!("User '{}' not found.", login.subject)));
        }
        let kept = identity.logins.iter().filter(|own| *own != login).cloned().collect();
        let new = Record { logins: kept, modified: host.now(), ..(*identity.record).clone() };
        if host.identities.commit(&[Step::Change(&identity, &new)]).await? == Outcome::Committed {
            return Ok(());
        }
    }
    Err(Error::TooManyRequests)
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        let mut violations = Violations::new();
        checks::identity_id(&mut violations, self.identity_id.as_ref());
        checks::pool_id(&mut violations, self.identity_pool_id.as_ref());
        checks::developer_provider(&mut violations, self.developer_provider_name.as_ref());
        checks::developer_user(&mut violations, "developerUserIdentifier", self.developer_user_identifier.as_ref());
        Ok(violations.finish()?)
    }
}

/// So often somebody else may be first on the same person.
const TRIES: usize = 64;
