//! How these operations fail (`spec/cognito-sync.md`, section 14).

use operation::{Answer, Fault, Violations, keyring};

/// The exceptions of the API pages.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller is of the wrong kind, or the identity another's.
    #[error("{0}")]
    NotAuthorized(String),
    /// A parameter cannot be what it is.
    #[error("{0}")]
    InvalidParameter(String),
    /// There is no such pool, identity, dataset or device.
    #[error("{0}")]
    ResourceNotFound(String),
    /// A record or a dataset was changed by somebody else.
    #[error("{0}")]
    ResourceConflict(String),
    /// There would be too many datasets or records, or too large ones.
    #[error("{0}")]
    LimitExceeded(String),
    /// Too many at once on one dataset.
    #[error("Rate exceeded")]
    TooManyRequests,
    /// The pool is not set up for it.
    #[error("{0}")]
    InvalidConfiguration(String),
    /// The settings of the pool changed while they were being changed.
    #[error("The configuration was changed by somebody else at the same time.")]
    ConcurrentModification,
    /// A publication is running.
    #[error("{0}")]
    DuplicateRequest(String),
    /// Everything was published less than a day ago.
    #[error("Identity pool {0} was published within the last 24 hours.")]
    AlreadyStreamed(String),
    /// The function failed, or said what it may not say.
    #[error("{0}")]
    InvalidLambdaFunctionOutput(String),
    /// The function is asked too often.
    #[error("Rate exceeded")]
    LambdaThrottled,
    /// The function did not answer in time.
    #[error("The function did not answer within 5 seconds.")]
    LambdaSocketTimeout,
    /// Something of ours failed.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// `Access to Identity 'ID' is forbidden.`
    pub fn forbidden(identity: &str) -> Self {
        Self::NotAuthorized(format!("Access to Identity '{identity}' is forbidden."))
    }

    /// There is no such pool of the caller's account.
    pub fn no_pool(pool: &str) -> Self {
        Self::ResourceNotFound(format!("IdentityPool '{pool}' not found."))
    }

    /// There is no such identity in the pool.
    pub fn no_identity(identity: &str) -> Self {
        Self::ResourceNotFound(format!("Identity '{identity}' not found."))
    }

    /// The identity has no such dataset.
    pub fn no_dataset(name: &str) -> Self {
        Self::ResourceNotFound(format!("Dataset '{name}' not found."))
    }

    /// The identity has no such device.
    pub fn no_device(id: &str) -> Self {
        Self::ResourceNotFound(format!("Device '{id}' not found."))
    }

    /// The device does not listen to the dataset.
    pub fn no_subscription(name: &str) -> Self {
        Self::ResourceNotFound(format!("The device is not subscribed to dataset '{name}'."))
    }

    /// A publication of the pool is running.
    pub fn running(pool: &vocab::PoolId) -> Self {
        Self::DuplicateRequest(format!("A bulk publish of identity pool {pool} is in progress."))
    }

    /// A sync session token of another dataset, a stale one, or none of ours.
    pub fn session_token() -> Self {
        Self::InvalidParameter("SyncSessionToken not valid for these inputs".into())
    }

    /// For operations whose API page knows no ResourceNotFoundException.
    pub fn without_not_found(self) -> Self {
        match self {
            Self::ResourceNotFound(text) => Self::NotAuthorized(text),
            other => other,
        }
    }
}

impl Fault for Error {
    fn answer(self) -> Answer {
        let (code, status) = match &self {
            Self::NotAuthorized(_) => ("NotAuthorizedException", 403),
            Self::InvalidParameter(_) => ("InvalidParameterException", 400),
            Self::ResourceNotFound(_) => ("ResourceNotFoundException", 404),
            Self::ResourceConflict(_) => ("ResourceConflictException", 409),
            Self::LimitExceeded(_) => ("LimitExceededException", 400),
            Self::TooManyRequests => ("TooManyRequestsException", 429),
            Self::InvalidConfiguration(_) => ("InvalidConfigurationException", 400),
            Self::ConcurrentModification => ("ConcurrentModificationException", 400),
            Self::DuplicateRequest(_) => ("DuplicateRequestException", 400),
            Self::AlreadyStreamed(_) => ("AlreadyStreamedException", 400),
            Self::InvalidLambdaFunctionOutput(_) => ("InvalidLambdaFunctionOutputException", 400),
            Self::LambdaThrottled => ("LambdaThrottledException", 429),
            Self::LambdaSocketTimeout => ("LambdaSocketTimeoutException", 400),
            Self::Internal(_) => ("InternalErrorException", 500),
        };
        match self {
            Self::Internal(source) => Answer::internal(code, source),
            other => Answer::new(code, status, other.to_string()),
        }
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::InvalidParameter(violations.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// A token that was not sealed here never reaches this: its place of opening says what is wrong.
impl From<keyring::Error> for Error {
    fn from(error: keyring::Error) -> Self {
        Self::Internal(error.into())
    }
}
