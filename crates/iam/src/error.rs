//! How IAM operations fail, and the only place where facts of the parts become AWS answers.

use operation::{Answer, Fault, Violations};
use policy::Malformed;

/// The errors of `spec/iam-api.md`, each with its text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the request names does not exist.
    #[error("{0}")]
    NoSuchEntity(String),
    /// The name is taken.
    #[error("{0}")]
    EntityAlreadyExists(String),
    /// A quota would be exceeded.
    #[error("{0}")]
    LimitExceeded(String),
    /// Something still depends on what is to be deleted.
    #[error("{0}")]
    DeleteConflict(&'static str),
    /// The entity changed between the decision and the change.
    #[error(
        "The request was rejected because multiple requests to change this object were submitted simultaneously. \
         Wait a few minutes and submit your request again."
    )]
    ConcurrentModification,
    /// A member has a value that cannot be.
    #[error("{0}")]
    InvalidInput(String),
    /// A policy document is refused.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// Members violate their constraints.
    #[error("{0}")]
    Validation(String),
    /// The entity is not the caller's to change, whatever the policies say.
    #[error("{0}")]
    AccessDenied(String),
    /// The caller bears credentials that never reach IAM: a federated user's, or a user's session.
    #[error("The security token included in the request is invalid")]
    TemporaryCaller,
    /// Ours.
    #[error("internal failure")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for Error {
    fn answer(self) -> Answer {
        let message = self.to_string();
        match self {
            Self::NoSuchEntity(_) => Answer::new("NoSuchEntity", 404, message),
            Self::EntityAlreadyExists(_) => Answer::new("EntityAlreadyExists", 409, message),
            Self::LimitExceeded(_) => Answer::new("LimitExceeded", 409, message),
            Self::DeleteConflict(_) => Answer::new("DeleteConflict", 409, message),
            Self::ConcurrentModification => Answer::new("ConcurrentModification", 409, message),
            Self::InvalidInput(_) => Answer::new("InvalidInput", 400, message),
            Self::MalformedPolicyDocument(_) => Answer::new("MalformedPolicyDocument", 400, message),
            Self::Validation(_) => Answer::new("ValidationError", 400, message),
            Self::AccessDenied(_) => Answer::new("AccessDenied", 403, message),
            Self::TemporaryCaller => Answer::new("InvalidClientTokenId", 403, message),
            Self::Internal(source) => Answer::internal("ServiceFailure", source),
        }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Validation(violations.to_string())
    }
}

impl From<Malformed> for Error {
    fn from(malformed: Malformed) -> Self {
        Self::MalformedPolicyDocument(malformed.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<operation::keyring::Error> for Error {
    fn from(error: operation::keyring::Error) -> Self {
        Self::Internal(error.into())
    }
}
