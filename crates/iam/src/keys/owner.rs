//! Whose keys an operation is about: a user's, or the root's where the root names nobody.

use operation::{Access, Call, Need, Visit};
use store::Stored;
use store::records::principals::{AccessKey, User};
use vocab::{AccountId, Arn};

use crate::subject::{self, Subject};
use crate::{Error, Iam, callers, keys};

/// Who bears access keys.
pub enum Owner {
    /// A user.
    User(Subject<User>),
    /// The root of the caller's account.
    Root,
}

impl Owner {
    /// The user with this name; without one, the caller itself.
    pub async fn of(visit: &Visit<Iam>, user_name: Option<&str>) -> Result<Self, Error> {
        callers::admit(visit)?;
        let name = match user_name {
            Some(name) => Some(name),
            // Who has not signed is refused by the decision that follows.
            None if visit.caller.account().is_none() => Some(""),
            None => callers::own_name(&visit.caller)?,
        };
        match name {
            Some(name) => Ok(Self::User(subject::by_name(visit, Some(name)).await?)),
            None => Ok(Self::Root),
        }
    }

    /// The action on the owner.
    pub fn access(&self, action: &'static str, account: AccountId) -> Access {
        match self {
            Self::User(user) => user.access(action),
            Self::Root => Access::all([Need::on(action, &Arn::root(account))]),
        }
    }

    /// The owner's name as it is now; `None` for the root. Errs where there is no such user any more.
    pub async fn name(&self, call: &Call<Iam>) -> Result<Option<String>, Error> {
        match self {
            Self::User(user) => Ok(Some(user.current(call).await?.name.clone())),
            Self::Root => Ok(None),
        }
    }

    /// The owner's key with this id.
    pub async fn key(&self, call: &Call<Iam>, id: &str) -> Result<Stored<AccessKey>, Error> {
        let name = self.name(call).await?;
        let key = call.host.configuration.get::<AccessKey>(id).await?;
        let own = |key: &Stored<AccessKey>| key.account == call.place.account && key.user == name;
        key.filter(own).ok_or_else(|| keys::missing(id))
    }
}
