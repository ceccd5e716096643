//! How far a caller reaches, whatever the policies say.
//!
//! Credentials that were vended for an identity reach that identity's data in its own pool, and nothing else. Those of
//! the account that owns a pool, developers', reach every identity of it. Every operation goes through here before it
//! looks at anything.

use operation::session::Federated;
use operation::{Call, Caller};
use store::datasets::Found;
use store::records::pools::Pool;
use store::{Datasets, Stored};
use vocab::{IdentityId, PoolId};

use crate::{Error, Sync};

/// Who may call an operation on an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// The identity itself, and developers.
    Everybody,
    /// The identity itself alone.
    IdentityOnly,
}

/// An identity that the caller reaches.
pub struct Reached {
    /// Its pool.
    pub pool: Stored<Pool>,
    /// The identity.
    pub identity: IdentityId,
    /// Whether the caller is the identity itself.
    pub is_own: bool,
}

impl Reached {
    /// What there is of the identity now: a shelf, or nothing yet.
    pub async fn find(&self, call: &Call<Sync>) -> Result<Found, Error> {
        find(&call.state.datasets, &self.pool.id, &self.identity).await
    }
}

/// What there is of an identity: a shelf, or nothing yet. Errs where it is disabled or not there.
pub(crate) async fn find(datasets: &Datasets, pool: &PoolId, identity: &IdentityId) -> Result<Found, Error> {
    match datasets.find(pool, identity).await? {
        Found::Unknown => Err(Error::no_identity(&identity.to_string())),
        Found::Disabled => Err(Error::forbidden(&identity.to_string())),
        found => Ok(found),
    }
}

/// The identity that a request names, if the caller reaches it. Whether there is such an identity, [`Reached::find`]
/// tells.
pub async fn identity(call: &Call<Sync>, pool: &str, identity: &str, callers: Callers) -> Result<Reached, Error> {
    let is_own = match whose(&call.caller) {
        Whose::Identity { sub, aud } if sub == identity && aud == pool => true,
        Whose::Identity { sub, aud } => {
            call.note(format!("the credentials are those of identity `{sub}` of pool `{aud}`, and reach no other"));
            return Err(Error::forbidden(identity));
        }
        Whose::Developer if callers == Callers::IdentityOnly => {
            let text = "This operation can only be called with the credentials of an identity.";
            return Err(Error::NotAuthorized(text.into()));
        }
        Whose::Developer => false,
    };
    let pool = find_pool(call, pool).await?;
    let identity = identity.parse().map_err(|_| Error::no_identity(identity))?;
    Ok(Reached { pool, identity, is_own })
}

/// The pool that a request names, for developers alone.
pub async fn pool(call: &Call<Sync>, pool: &str) -> Result<Stored<Pool>, Error> {
    developers_only(call)?;
    find_pool(call, pool).await
}

/// Refuses the credentials of identities.
pub fn developers_only(call: &Call<Sync>) -> Result<(), Error> {
    match whose(&call.caller) {
        Whose::Developer => Ok(()),
        Whose::Identity { sub, aud } => {
            call.note(format!("the credentials are those of identity `{sub}` of pool `{aud}`: this is for developers"));
            let text = "This operation cannot be called with the credentials of an identity.";
            Err(Error::NotAuthorized(text.into()))
        }
    }
}

/// A pool of the caller's own account: those of others are as if they were not there.
async fn find_pool(call: &Call<Sync>, id: &str) -> Result<Stored<Pool>, Error> {
    let parsed: PoolId = id.parse().map_err(|_| Error::no_pool(id))?;
    let pool = call.host.configuration.get::<Pool>(&parsed.to_string()).await?;
    let own = pool.filter(|pool| !pool.deleted && call.caller.account() == Some(pool.account));
    own.ok_or_else(|| Error::no_pool(id))
}

/// Whose credentials these are.
enum Whose<'a> {
    /// An identity's; what is not said of it is empty, and matches none.
    Identity { sub: &'a str, aud: &'a str },
    /// Those of the account, directly or by a role.
    Developer,
}

/// A session that says anything of an identity is that identity's.
fn whose(caller: &Caller) -> Whose<'_> {
    let Some(session) = caller.session() else { return Whose::Developer };
    let said = |key: &str| session.federation.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v);
    let (sub, aud) = (said(SUB), said(AUD));
    if sub.is_none() && aud.is_none() {
        return Whose::Developer;
    }
    Whose::Identity { sub: one(sub), aud: one(aud) }
}

fn one(value: Option<&Federated>) -> &str {
    match value {
        Some(Federated::One(text)) => text,
        Some(Federated::Many(_)) | None => "",
    }
}

const SUB: &str = "cognito-identity.amazonaws.com:sub";
const AUD: &str = "cognito-identity.amazonaws.com:aud";
