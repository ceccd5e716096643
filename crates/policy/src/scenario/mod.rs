//! A request with everything that is to decide it, as data: what `daypass policy` reads, and what other engines are
//! compared over. One JSON object a request:
//!
//! ```
//! use policy::{Library, Scenario, decide};
//!
//! let line = r#"{ "id": 1, "principal": "arn:aws:iam::111111111111:user/ann", "action": "s3:GetObject",
//!     "resource": "arn:aws:s3:::game/ann", "context": { "aws:username": "ann" }, "identity": [
//!         { "Version": "2012-10-17", "Statement": {
//!             "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::game/${aws:username}" } } ] }"#;
//! let scenario = Scenario::read(line, &mut Library::default())?;
//! assert!(decide(&scenario.request(), &scenario.policies()).is_allowed());
//! # Ok::<(), policy::BadScenario>(())
//! ```

mod library;
mod who;
mod written;

use serde_json::value::RawValue;
use vocab::AccountId;

use crate::context::Context;
use crate::decide::{Policies, Request};
use crate::malformed::Malformed;
use crate::policy::{Kind, Named};
use crate::principal::Principal;
pub use library::Library;

/// A request with everything that is to decide it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What an answer repeats, as it was written.
    pub id: Option<Box<RawValue>>,
    /// Who asks.
    pub principal: Principal,
    /// `service:Name`.
    pub action: String,
    /// The ARN of what is acted on, or `*`.
    pub resource: String,
    /// The account that owns the resource; `None` for the caller's own.
    pub resource_account: Option<AccountId>,
    /// The condition keys.
    pub context: Context,
    /// Policies of the user and its groups, or of the role.
    pub identity: Vec<Named>,
    /// The permissions boundary, where there is one.
    pub boundary: Option<Vec<Named>>,
    /// The session policies, where there are any.
    pub session: Option<Vec<Named>>,
    /// The policy of the resource.
    pub resource_policy: Option<Named>,
    /// Service control policies, a list a level.
    pub service_control: Vec<Vec<Named>>,
    /// Resource control policies, a list a level.
    pub resource_control: Vec<Vec<Named>>,
}

/// Why a scenario cannot be decided.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScenario {
    /// Not the JSON that it should be.
    #[error("{0}")]
    Json(String),
    /// A member that a request cannot do without.
    #[error("missing `{0}`")]
    Missing(&'static str),
    /// A caller of no known form.
    #[error("principal `{0}` is no ARN of a caller, no service and no identity provider")]
    Principal(String),
    /// An account that is none.
    #[error("`{0}` is not an account id of twelve digits")]
    Account(String),
    /// A condition key that stands twice, in whatever case.
    #[error("context key `{0}` occurs twice")]
    Twice(String),
    /// A policy that is refused.
    #[error("`{field}`: {error}")]
    Policy {
        /// Where in the scenario it stands, such as `scps[0][1]`.
        field: String,
        /// Why.
        error: Malformed,
    },
}

impl Scenario {
    /// Reads a scenario. Policies that were read before come from the library.
    pub fn read(text: &str, library: &mut Library) -> Result<Self, BadScenario> {
        written::read(text, library)
    }

    /// As what the policy of the resource is read: of a role that is to be assumed it is the trust policy.
    pub fn kind_of_resource_policy(action: &str, resource: &str) -> Kind {
        if must_be_let_in(action, resource) && resource.contains(":role/") { Kind::Trust } else { Kind::Resource }
    }

    /// The request.
    pub fn request(&self) -> Request<'_> {
        Request {
            principal: &self.principal,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account,
            context: &self.context,
        }
    }

    /// The policies.
    pub fn policies(&self) -> Policies<'_> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            resource: self.resource_policy.as_ref(),
            resource_must_allow: must_be_let_in(&self.action, &self.resource),
            service_control: &self.service_control,
            resource_control: &self.resource_control,
        }
    }

    /// Sets the condition keys that follow from caller and resource, where the context does not have them: who the
    /// caller is (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalIsAWSService`,
    /// `aws:userid`, `aws:username`) and `aws:ResourceAccount`.
    pub fn fill_context(&mut self) {
        let owner = self.resource_account.or(self.principal.account()).map(|account| account.to_string());
        let mut keys = who::keys(&self.principal);
        keys.set_some("aws:ResourceAccount", owner);
        for (key, value) in keys.iter() {
            if self.context.get(key).is_none() {
                self.context.set(key.to_owned(), value.clone());
            }
        }
    }
}

impl Principal {
    /// The caller that a text names: the ARN of a user, of root, of a session of a role or of a federated user; a
    /// service; an identity provider. The ARN of a role means a session of it that nobody has named.
    ///
    /// What the text leaves open is taken from the context where it fits: the path of a session's role from
    /// `aws:PrincipalArn`, unique ids from `aws:userid`.
    pub fn named(text: &str, context: &Context) -> Result<Self, BadScenario> {
        who::read(text, context).ok_or_else(|| BadScenario::Principal(text.to_owned()))
    }
}

/// Whether the policy of the resource must permit the action whoever asks: assuming a role, using a key.
pub(crate) fn must_be_let_in(action: &str, resource: &str) -> bool {
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let part = |at| resource.splitn(6, ':').nth(at).unwrap_or_default();
    match part(2) {
        "iam" => service.eq_ignore_ascii_case("sts") && part(5).starts_with("role/"),
        "kms" => service.eq_ignore_ascii_case("kms") && part(5).starts_with("key/"),
        _ => false,
    }
}
