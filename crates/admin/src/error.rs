//! How these operations fail.

use operation::{Answer, Fault};

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request does not say what it should, or says it twice.
    #[error("{0}")]
    Invalid(&'static str),
    /// There is no such user.
    #[error("there is no user `{0}`")]
    NoSuchUser(String),
    /// The keys of all accounts are the first one's to rotate.
    #[error("keys are shared by all accounts: only the first of the served accounts rotates them")]
    NotTheFirst,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The keyring cannot be changed.
    #[error(transparent)]
    Keyring(#[from] operation::keyring::Error),
}

impl Fault for Error {
    fn answer(self) -> Answer {
        match self {
            Self::Invalid(_) => Answer::new("ValidationException", 400, self.to_string()),
            Self::NoSuchUser(_) => Answer::new("ResourceNotFoundException", 400, self.to_string()),
            Self::NotTheFirst => Answer::new("AccessDeniedException", 400, self.to_string()),
            Self::Keyring(operation::keyring::Error::TooSoon) => {
                Answer::new("ThrottlingException", 400, operation::keyring::Error::TooSoon.to_string())
            }
            Self::Store(error) => Answer::internal("InternalErrorException", error),
            Self::Keyring(error) => Answer::internal("InternalErrorException", error),
        }
    }
}
