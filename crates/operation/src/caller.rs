//! Who calls.

use std::sync::Arc;

use store::records::principals::{Role, User};
use vocab::{AccessKeyId, AccountId, Arn};

use crate::session::{Bearer, Session};

/// Who signed the request.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody: the request is not signed.
    Anonymous,
    /// The root of an account, with its long-term key.
    Root {
        /// The account.
        account: AccountId,
        /// The key that signed.
        key: AccessKeyId,
    },
    /// A user, with a long-term key.
    User {
        /// The user, as it is now.
        user: Arc<User>,
        /// The key that signed.
        key: AccessKeyId,
    },
    /// Temporary credentials.
    Session {
        /// What the session token holds.
        session: Arc<Session>,
        /// The role or user behind it, as it is now.
        of: SessionOf,
        /// The key that signed.
        key: AccessKeyId,
    },
}

/// The entity behind temporary credentials.
#[derive(Debug, Clone)]
pub enum SessionOf {
    /// A role that was assumed.
    Role(Arc<Role>),
    /// A user that asked for a session or for a federated user.
    User(Arc<User>),
    /// An account's root that asked for a session.
    Root,
}

impl Caller {
    /// The calling account.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Anonymous => None,
            Self::Root { account, .. } => Some(*account),
            Self::User { user, .. } => Some(user.account),
            Self::Session { session, .. } => Some(session.account),
        }
    }

    /// The ARN that GetCallerIdentity answers and that denials name.
    pub fn arn(&self) -> Option<Arn> {
        match self {
            Self::Anonymous => None,
            Self::Root { account, .. } => Some(Arn::root(*account)),
            Self::User { user, .. } => Some(user.arn()),
            Self::Session { session, of, .. } => Some(match (&session.bearer, of) {
                (Bearer::Role { name, .. }, SessionOf::Role(role)) => Arn::assumed_role(role.account, &role.name, name),
                (Bearer::FederatedUser { name }, _) => Arn::federated_user(session.account, name),
                (_, SessionOf::User(user)) => user.arn(),
                (_, SessionOf::Role(role)) => role.arn(),
                (_, SessionOf::Root) => Arn::root(session.account),
            }),
        }
    }

    /// The value of `aws:userid`, and GetCallerIdentity's UserId.
    pub fn user_id(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Root { account, .. } => account.to_string(),
            Self::User { user, .. } => user.unique_id.clone(),
            Self::Session { session, of, .. } => match (&session.bearer, of) {
                (Bearer::Role { name, unique_id, .. }, _) => format!("{unique_id}:{name}"),
                (Bearer::FederatedUser { name }, _) => format!("{}:{name}", session.account),
                (Bearer::User, SessionOf::User(user)) => user.unique_id.clone(),
                (Bearer::User, _) => session.account.to_string(),
            },
        }
    }

    /// The session, where the credentials are temporary.
    pub fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Session { session, .. } => Some(session),
            Self::Anonymous | Self::Root { .. } | Self::User { .. } => None,
        }
    }

    /// The key that signed.
    pub fn key(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Anonymous => None,
            Self::Root { key, .. } | Self::User { key, .. } | Self::Session { key, .. } => Some(key),
        }
    }

    /// Who they are to the policy engine.
    pub fn principal(&self) -> policy::Principal {
        match self {
            Self::Anonymous => policy::Principal::Anonymous,
            Self::Root { account, .. } => policy::Principal::Root { account: *account },
            Self::User { user, .. } => user_principal(user),
            Self::Session { session, of, .. } => match (&session.bearer, of) {
                (Bearer::Role { name, unique_id, .. }, SessionOf::Role(role)) => policy::Principal::Session {
                    arn: Arn::assumed_role(role.account, &role.name, name),
                    role: role.arn(),
                    account: role.account,
                    role_id: unique_id.clone(),
                    id: format!("{unique_id}:{name}"),
                },
                (Bearer::FederatedUser { name }, SessionOf::User(user)) => policy::Principal::FederatedUser {
                    arn: Arn::federated_user(session.account, name),
                    user: user.arn(),
                    account: session.account,
                    user_id: user.unique_id.clone(),
                },
                // None is made, and none would be the root itself.
                (Bearer::FederatedUser { .. }, SessionOf::Root) => policy::Principal::Anonymous,
                (_, SessionOf::User(user)) => user_principal(user),
                (_, SessionOf::Root) => policy::Principal::Root { account: session.account },
                // A session whose token and entity disagree is refused before this; nobody is the safe reading.
                (_, SessionOf::Role(_)) => policy::Principal::Anonymous,
            },
        }
    }
}

fn user_principal(user: &User) -> policy::Principal {
    policy::Principal::User { arn: user.arn(), account: user.account, id: user.unique_id.clone() }
}
