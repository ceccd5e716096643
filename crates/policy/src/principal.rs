//! Who asks, and whom a resource policy names.

use std::fmt;

use vocab::{AccountId, Arn};

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody known: an unsigned request.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The account.
        account: AccountId,
    },
    /// An IAM user, also with credentials from GetSessionToken.
    User {
        /// `arn:aws:iam::A:user/path/name`.
        arn: Arn,
        /// The account of the user.
        account: AccountId,
        /// The unique id, `AIDA…`.
        id: String,
    },
    /// A session of a role.
    Session {
        /// `arn:aws:sts::A:assumed-role/name/session`.
        arn: Arn,
        /// The role, with its path.
        role: Arn,
        /// The account of the role.
        account: AccountId,
        /// The unique id of the role, `AROA…`.
        role_id: String,
        /// The id of the session, `AROA…:session`.
        id: String,
    },
    /// A session from GetFederationToken.
    FederatedUser {
        /// `arn:aws:sts::A:federated-user/name`.
        arn: Arn,
        /// The user who made the session; the root ARN where root did.
        user: Arn,
        /// The account of the user.
        account: AccountId,
        /// The unique id of the user, `AIDA…`; the account where root made the session.
        user_id: String,
    },
    /// Somebody whom an identity provider vouches for, while a role is being assumed.
    Federated {
        /// `cognito-identity.amazonaws.com`, another built-in name, or the ARN of the provider.
        provider: String,
    },
    /// An AWS service.
    Service {
        /// `name.amazonaws.com`.
        name: String,
    },
}

impl Principal {
    /// The account that the caller's identity policies live in, where there is one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Root { account }
            | Self::User { account, .. }
            | Self::Session { account, .. }
            | Self::FederatedUser { account, .. } => Some(*account),
            Self::Anonymous | Self::Federated { .. } | Self::Service { .. } => None,
        }
    }

    /// The ARN by which AWS's messages name the caller, where there is one.
    pub fn arn(&self) -> Option<String> {
        match self {
            Self::Root { account } => Some(Arn::root(*account).to_string()),
            Self::User { arn, .. } | Self::Session { arn, .. } | Self::FederatedUser { arn, .. } => {
                Some(arn.to_string())
            }
            Self::Anonymous | Self::Federated { .. } | Self::Service { .. } => None,
        }
    }
}

/// What an explanation calls the caller.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::Federated { provider: name } | Self::Service { name } => f.write_str(name),
            Self::Root { account } => fmt::Display::fmt(&Arn::root(*account), f),
            Self::User { arn, .. } | Self::Session { arn, .. } | Self::FederatedUser { arn, .. } => {
                fmt::Display::fmt(arn, f)
            }
        }
    }
}

/// How closely a resource policy names a caller, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// The account of the caller: a delegation to its identity policies.
    Account,
    /// The role of a session, or the user of a federated session.
    Parent,
    /// The caller itself, or everybody.
    Direct,
}

/// One principal that a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Everyone,
    Account(AccountId),
    /// A user, role, role session or federated user.
    Arn(Arn),
    /// A unique id.
    Id(Box<str>),
    Federated(Box<str>),
    Service(Box<str>),
}

/// `Principal` or `NotPrincipal` of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) not: bool,
    pub(crate) names: Vec<Name>,
}

/// Where an element stands, as far as it changes whom it means.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) deny: bool,
    /// In a trust policy, `{"AWS": "*"}` allows nobody whom only an identity provider knows.
    pub(crate) trust: bool,
    /// The caller has a permissions boundary.
    pub(crate) bounded: bool,
}

impl Element {
    /// How closely the element means the caller, if it does.
    pub(crate) fn matches(&self, caller: &Principal, place: Place) -> Option<Grant> {
        let named = self.names.iter().filter_map(|name| name.matches(caller, place)).max();
        match (self.not, named) {
            (false, named) => named,
            (true, None) => Some(Grant::Direct),
            // Documented: a Deny with NotPrincipal denies whoever has a boundary, listed or not.
            (true, Some(_)) => (place.deny && place.bounded).then_some(Grant::Direct),
        }
    }
}

impl Name {
    fn matches(&self, caller: &Principal, place: Place) -> Option<Grant> {
        match self {
            Self::Everyone => {
                let vouched_for = matches!(caller, Principal::Federated { .. });
                (!vouched_for || place.deny || !place.trust).then_some(Grant::Direct)
            }
            Self::Account(named) => (caller.account() == Some(*named)).then_some(Grant::Account),
            Self::Arn(named) => match caller {
                Principal::User { arn, .. } => (arn == named).then_some(Grant::Direct),
                Principal::Session { arn, role: parent, .. } | Principal::FederatedUser { arn, user: parent, .. } => {
                    closer(arn == named, parent == named)
                }
                Principal::Anonymous
                | Principal::Root { .. }
                | Principal::Federated { .. }
                | Principal::Service { .. } => None,
            },
            Self::Id(named) => match caller {
                Principal::User { id, .. } => (**named == **id).then_some(Grant::Direct),
                Principal::Session { role_id: parent, .. } | Principal::FederatedUser { user_id: parent, .. } => {
                    (**named == **parent).then_some(Grant::Parent)
                }
                Principal::Anonymous
                | Principal::Root { .. }
                | Principal::Federated { .. }
                | Principal::Service { .. } => None,
            },
            Self::Federated(named) => {
                matches!(caller, Principal::Federated { provider } if **provider == **named).then_some(Grant::Direct)
            }
            Self::Service(named) => {
                matches!(caller, Principal::Service { name } if **name == **named).then_some(Grant::Direct)
            }
        }
    }

    /// The name as a policy writes it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Everyone => "*".to_owned(),
            Self::Account(account) => account.to_string(),
            Self::Arn(arn) => arn.to_string(),
            Self::Id(text) | Self::Federated(text) | Self::Service(text) => text.to_string(),
        }
    }
}

fn closer(itself: bool, parent: bool) -> Option<Grant> {
    if itself { Some(Grant::Direct) } else { parent.then_some(Grant::Parent) }
}
