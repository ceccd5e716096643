//! How a call fails.

use operation::{Answer, Fault, Violations};

/// A call that is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is not what the operation wants, or cannot be understood.
    #[error("{0}")]
    Validation(String),
    /// A member has the wrong JSON type.
    #[error("{0}")]
    Serialization(String),
    /// There is no such table, index or stream.
    #[error("{0}")]
    NotFound(String),
    /// The table was changed while the request was decided, or too many requests wait for the engine.
    #[error("{0}")]
    Busy(&'static str),
    /// What the engine answered.
    #[error("{0}")]
    Engine(Box<Refused>),
    /// Our side failed.
    #[error("{0}")]
    Internal(#[source] BoxError),
}

/// Any failure of our side.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The engine's refusal, in DynamoDB's terms.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refused {
    /// The exception.
    pub code: String,
    /// The HTTP status.
    pub status: u16,
    /// Its words.
    pub message: String,
    /// Further members: `CancellationReasons`, `Item`.
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl Refused {
    /// Whether it says that the engine has too much to do.
    pub(crate) fn is_throttle(&self) -> bool {
        const THROTTLES: [&str; 3] =
            ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];
        THROTTLES.contains(&self.code.as_str())
    }
}

impl Error {
    /// A refusal for a request that is not what it should be.
    pub(crate) fn validation(text: impl Into<String>) -> Self {
        Self::Validation(text.into())
    }

    /// Our side failed.
    pub(crate) fn internal(source: impl Into<BoxError>) -> Self {
        Self::Internal(source.into())
    }
}

impl Fault for Error {
    fn answer(self) -> Answer {
        match self {
            Self::Validation(text) => Answer::new("ValidationException", 400, text),
            Self::Serialization(text) => Answer::new("SerializationException", 400, text),
            Self::NotFound(text) => Answer::new("ResourceNotFoundException", 400, text),
            Self::Busy(text) => Answer::new("ThrottlingException", 400, text),
            Self::Engine(refused) => {
                let answer = Answer::new(refused.code, refused.status, refused.message);
                refused.members.into_iter().fold(answer, |answer, (name, value)| answer.with(&name, value))
            }
            Self::Internal(source) => Answer::internal("InternalServerError", source),
        }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Validation(violations.to_string())
    }
}
