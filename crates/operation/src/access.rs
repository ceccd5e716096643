//! What an operation needs: declared by the operation, decided by the pipeline.

use std::borrow::Cow;

use policy::{Context, Named, Value};
use vocab::{AccountId, Arn};

/// Who may call an operation.
#[derive(Debug)]
pub enum Access {
    /// Anybody, without a signature.
    Public,
    /// Anybody, without a signature, whom the resource's policy and the resource control policies allow everything in
    /// the list.
    Open(Vec<Need>),
    /// Any valid caller; no policy is asked.
    Signed,
    /// A caller whom the policies allow everything in the list.
    Needs(Vec<Need>),
}

/// One action on one resource.
#[derive(Debug)]
pub struct Need {
    /// The action, such as `s3:GetObject`.
    pub action: Cow<'static, str>,
    /// The resource's ARN, or `*` for actions that have none.
    pub resource: String,
    /// The account that owns the resource; `None`: the caller's own.
    pub owner: Option<AccountId>,
    /// The resource's own policy.
    pub resource_policy: Option<Named>,
    /// Trust policies: without an allow of theirs nothing is allowed, even within the account.
    pub resource_must_allow: bool,
    /// Condition keys of this action, beside those of every request.
    pub context: Context,
    /// What a denial means.
    pub mode: Mode,
}

/// What a denied need means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The request is refused.
    Must,
    /// The operation runs, and reads the decision from [`Call::decisions`](crate::Call): one entry
    /// of a batch, or a choice between two errors.
    Asked,
}

impl Access {
    /// One action on one resource of the caller's account.
    pub fn on(action: impl Into<Cow<'static, str>>, resource: &Arn) -> Self {
        Self::Needs(vec![Need::on(action, resource)])
    }

    /// One action that has no resource.
    pub fn on_any(action: impl Into<Cow<'static, str>>) -> Self {
        Self::Needs(vec![Need::on_text(action, "*")])
    }

    /// All of these.
    pub fn all(needs: impl IntoIterator<Item = Need>) -> Self {
        Self::Needs(needs.into_iter().collect())
    }
}

impl Need {
    /// An action on a resource of the caller's account.
    pub fn on(action: impl Into<Cow<'static, str>>, resource: &Arn) -> Self {
        Self::on_text(action, resource.as_str())
    }

    /// An action on a resource given as text: `*`, or an ARN built from what the caller sent.
    pub fn on_text(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
            owner: None,
            resource_policy: None,
            resource_must_allow: false,
            context: Context::new(),
            mode: Mode::Must,
        }
    }

    /// The resource belongs to `account` and carries this policy.
    pub fn owned_by(mut self, account: AccountId, policy: Option<Named>) -> Self {
        self.owner = Some(account);
        self.resource_policy = policy;
        self
    }

    /// The resource's policy is a trust policy: it must allow.
    pub fn trusted_by(mut self, account: AccountId, policy: Named) -> Self {
        self.resource_must_allow = true;
        self.owned_by(account, Some(policy))
    }

    /// A condition key of this action.
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.context.set(key, value);
        self
    }

    /// The decision is handed to the operation instead of refusing the request.
    pub fn asked(mut self) -> Self {
        self.mode = Mode::Asked;
        self
    }
}
