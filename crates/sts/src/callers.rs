//! Who may come as far as these operations at all (`spec/policy-language.md`, section 11.2).

use std::sync::Arc;

use operation::session::Bearer;
use operation::{Caller, Visit};
use store::records::principals::User;

use crate::Error;

/// A federated user assumes no role, whatever the policies of its user and of the role say.
pub fn may_assume<S>(visit: &Visit<S>, role: Option<&str>) -> Result<(), Error> {
    let (Some(Bearer::FederatedUser { .. }), Some(arn)) = (bearer(&visit.caller), visit.caller.arn()) else {
        return Ok(());
    };
    let role = role.unwrap_or_default();
    Err(Error::AccessDenied(format!("User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}")))
}

/// Whether the caller may ask for things that the temporary credentials of users and federated users may not.
pub fn is_long_term_or_role(caller: &Caller) -> bool {
    matches!(bearer(caller), None | Some(Bearer::Role { .. }))
}

/// The calling user, with a long-term key; sessions and roots are told what they cannot call.
pub fn long_term_user(caller: &Caller, operation: &str) -> Result<Arc<User>, Error> {
    match caller {
        Caller::User { user, .. } => Ok(user.clone()),
        Caller::Session { .. } => Err(with_session(operation)),
        Caller::Root { .. } | Caller::Anonymous => {
            Err(Error::AccessDenied(format!("Cannot call {operation} with the credentials of an account's root")))
        }
    }
}

/// Temporary credentials do not make temporary credentials of the same user.
pub fn with_session(operation: &str) -> Error {
    Error::AccessDenied(format!("Cannot call {operation} with session credentials"))
}

/// Who begins a chain of sessions: what revocation names.
pub fn who(caller: &Caller) -> String {
    match caller {
        Caller::User { user, .. } => format!("user:{}", user.unique_id),
        Caller::Root { account, .. } => format!("root:{account}"),
        Caller::Session { session, .. } => session.origin.who.clone(),
        Caller::Anonymous => "anonymous".into(),
    }
}

fn bearer(caller: &Caller) -> Option<&Bearer> {
    caller.session().map(|session| &session.bearer)
}
