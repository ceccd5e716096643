//! What a decision says.

use std::fmt;

use serde::Serialize;

/// The answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Decision {
    /// The request may go on.
    Allowed,
    /// The request is refused.
    Denied(Reason),
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Reason {
    /// A statement of such a policy forbids it.
    ExplicitDeny(PolicyType),
    /// No statement of such a policy permits it.
    Implicit(PolicyType),
}

/// The types of policies that a decision weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum PolicyType {
    /// Policies of the user, its groups, or the role.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The permissions boundary of the user or role.
    Boundary,
    /// The policies passed when the session was made.
    Session,
    /// Service control policies of the caller's organisation.
    ServiceControl,
    /// Resource control policies of the resource's organisation.
    ResourceControl,
    /// The trust policy of the role that is the resource.
    Trust,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

impl Reason {
    /// The type of policy that the refusal is about.
    pub fn policy_type(self) -> PolicyType {
        match self {
            Self::ExplicitDeny(policy_type) | Self::Implicit(policy_type) => policy_type,
        }
    }

    /// The end of AWS's access-denied message, such as "because no identity-based policy allows the s3:GetObject
    /// action".
    pub fn tail(self, action: &str) -> String {
        match self {
            Self::ExplicitDeny(policy_type) => format!("with an explicit deny in {}", policy_type.with_article()),
            Self::Implicit(policy_type) => format!("because no {policy_type} allows the {action} action"),
        }
    }
}

impl PolicyType {
    fn with_article(self) -> &'static str {
        match self {
            Self::Identity => "an identity-based policy",
            Self::Resource => "a resource-based policy",
            Self::Boundary => "a permissions boundary",
            Self::Session => "a session policy",
            Self::ServiceControl => "a service control policy",
            Self::ResourceControl => "a resource control policy",
            Self::Trust => "the role trust policy",
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Trust => "role trust policy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_end_in_the_words_of_aws() {
        let tail = |reason: Reason| reason.tail("s3:GetObject");
        assert_eq!(
            tail(Reason::Implicit(PolicyType::Identity)),
            "because no identity-based policy allows the s3:GetObject action"
        );
        assert_eq!(
            tail(Reason::Implicit(PolicyType::Boundary)),
            "because no permissions boundary allows the s3:GetObject action"
        );
        assert_eq!(tail(Reason::ExplicitDeny(PolicyType::Session)), "with an explicit deny in a session policy");
        assert_eq!(tail(Reason::ExplicitDeny(PolicyType::Trust)), "with an explicit deny in the role trust policy");
    }
}
