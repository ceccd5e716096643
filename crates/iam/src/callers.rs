//! Who may come as far as IAM at all.

use operation::caller::SessionOf;
use operation::session::Bearer;
use operation::{Caller, Gathering, Visit};

use crate::{Error, Iam};

/// The facts of an operation that needs none: only that the caller is admitted.
pub fn admitted(visit: &Visit<Iam>) -> Gathering<'_, (), Error> {
    Box::pin(std::future::ready(admit(visit)))
}

/// Federated users and the sessions of users never reach IAM (`spec/sts.md`, section 11): their
/// credentials are meant for everything else.
pub fn admit(visit: &Visit<Iam>) -> Result<(), Error> {
    match visit.caller.session().map(|session| &session.bearer) {
        Some(Bearer::User | Bearer::FederatedUser { .. }) => Err(Error::TemporaryCaller),
        Some(Bearer::Role { .. }) | None => Ok(()),
    }
}

/// The caller's own user name; `None` for an account's root.
pub fn own_name(caller: &Caller) -> Result<Option<&str>, Error> {
    match caller {
        Caller::User { user, .. } | Caller::Session { of: SessionOf::User(user), .. } => Ok(Some(&user.name)),
        Caller::Root { .. } => Ok(None),
        Caller::Anonymous | Caller::Session { .. } => {
            Err(Error::Validation("Must specify userName when calling with non-User credentials".into()))
        }
    }
}
