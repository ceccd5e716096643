//! How these operations fail (`spec/cognito-identity.md`, section 14).

use operation::{Answer, Fault, Violations};
use sts::saml::Refused;

/// The exceptions of the API pages.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter cannot be what it is.
    #[error("{0}")]
    InvalidParameter(String),
    /// There is no such pool or identity.
    #[error("{0}")]
    ResourceNotFound(String),
    /// The caller, the token or the identity is not accepted.
    #[error("{0}")]
    NotAuthorized(String),
    /// A login is linked to another identity.
    #[error("{0}")]
    ResourceConflict(String),
    /// The developer's user has another identity already.
    #[error("{0}")]
    DeveloperUserAlreadyRegistered(String),
    /// Too many calls, or too many at once on one person.
    #[error("Rate exceeded")]
    TooManyRequests,
    /// The pool has no role for this identity, or the role does not trust the pool.
    #[error("Invalid identity pool configuration. Check assigned IAM roles for this pool.")]
    InvalidIdentityPoolConfiguration,
    /// A quota is used up.
    #[error("{0}")]
    LimitExceeded(String),
    /// The pool changed while it was being changed.
    #[error("The pool was changed by somebody else at the same time.")]
    ConcurrentModification,
    /// The identity provider does not answer.
    #[error("{0}")]
    ExternalService(String),
    /// Members break their constraints.
    #[error("{0}")]
    Validation(String),
    /// Something of ours failed.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// `Access to Identity 'ID' is forbidden.`
    pub fn forbidden(id: &vocab::IdentityId) -> Self {
        Self::NotAuthorized(format!("Access to Identity '{id}' is forbidden."))
    }

    /// No given login belongs to the identity.
    pub fn logins_do_not_match() -> Self {
        let text = "Logins don't match. Please include at least one valid login for this identity or identity pool.";
        Self::NotAuthorized(text.into())
    }

    /// The provider, or the token's audience, is not configured on the pool.
    pub fn unsupported_provider() -> Self {
        Self::NotAuthorized("Token is not from a supported provider of this identity pool.".into())
    }

    /// The role is none of the pool's, or not this person's to choose.
    pub fn role_forbidden(arn: &str) -> Self {
        Self::NotAuthorized(format!("Access to Role '{arn}' is forbidden."))
    }

    /// The pool has another developer provider, or none.
    pub fn unsupported_developer_provider() -> Self {
        Self::NotAuthorized("This identity pool does not support the specified developer provider".into())
    }

    /// Guests are off.
    pub fn no_guests() -> Self {
        Self::NotAuthorized("Unauthenticated access is not supported for this identity pool.".into())
    }

    fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}

impl Fault for Error {
    fn answer(self) -> Answer {
        let code = match &self {
            Self::InvalidParameter(_) => "InvalidParameterException",
            Self::ResourceNotFound(_) => "ResourceNotFoundException",
            Self::NotAuthorized(_) => "NotAuthorizedException",
            Self::ResourceConflict(_) => "ResourceConflictException",
            Self::DeveloperUserAlreadyRegistered(_) => "DeveloperUserAlreadyRegisteredException",
            Self::TooManyRequests => "TooManyRequestsException",
            Self::InvalidIdentityPoolConfiguration => "InvalidIdentityPoolConfigurationException",
            Self::LimitExceeded(_) => "LimitExceededException",
            Self::ConcurrentModification => "ConcurrentModificationException",
            Self::ExternalService(_) => "ExternalServiceException",
            Self::Validation(_) => "ValidationException",
            Self::Internal(_) => {
                let Self::Internal(source) = self else { return Answer::new("InternalErrorException", 500, "") };
                return Answer::internal("InternalErrorException", source);
            }
        };
        Answer::new(code, 400, self.to_string())
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Validation(violations.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::internal(error)
    }
}

impl From<operation::issuer::Error> for Error {
    fn from(error: operation::issuer::Error) -> Self {
        Self::internal(error)
    }
}

impl From<operation::keyring::Error> for Error {
    fn from(error: operation::keyring::Error) -> Self {
        Self::internal(error)
    }
}

/// The last step of the enhanced flow: what STS refuses is a matter of the pool's configuration.
impl From<sts::Error> for Error {
    fn from(error: sts::Error) -> Self {
        match error {
            sts::Error::Internal(source) => Self::Internal(source),
            _ => Self::InvalidIdentityPoolConfiguration,
        }
    }
}

/// What the verifier found out about a login token (`spec/cognito-identity.md`, section 5).
impl From<federation::Error> for Error {
    fn from(error: federation::Error) -> Self {
        use federation::Error as E;
        let invalid = |text: &str| Self::NotAuthorized(format!("Invalid login token. {text}"));
        match error {
            E::NotAJwt | E::NotAnIdentityToken | E::TooLong { .. } => {
                invalid("Not a valid OpenId Connect identity token.")
            }
            E::UnknownKey | E::BadSignature | E::UnsupportedAlgorithm | E::WeakKey => {
                invalid("Couldn't verify signed token.")
            }
            E::IssuerMismatch { .. } => invalid("Issuer doesn't match providerName"),
            E::Expired { now, at } => invalid(&format!("Token expired: {now} >= {at}")),
            E::TooOld { .. } => invalid("Token is too old."),
            E::NotYetValid { claim, .. } => invalid(&format!("Token is not valid yet: {claim}")),
            E::MissingClaim(claim) => invalid(&format!("Missing a required claim: {claim}")),
            E::MalformedClaim(claim) => invalid(&format!("Malformed claim: {claim}")),
            E::WrongAudience => Self::unsupported_provider(),
            E::Rejected => invalid("Couldn't verify signed token."),
            E::CannotFetchKeys(_) | E::Unreachable(_) => {
                Self::ExternalService("The identity provider cannot be reached.".into())
            }
            E::ThumbprintMismatch => {
                Self::ExternalService("The identity provider's certificate is not trusted.".into())
            }
        }
    }
}

/// What the verifier found out about a SAML response; its times are in milliseconds.
impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        use federation::saml::Error as E;
        let invalid = |text: &str| Self::NotAuthorized(format!("Invalid login token. {text}"));
        let Refused::Response(refusal) = refused else { return Self::unsupported_provider() };
        match refusal {
            E::IssuerMismatch { .. } => invalid("Issuer doesn't match providerName"),
            E::Expired { now, at, .. } => invalid(&format!("Token expired: {now} >= {at}")),
            E::TooOld { .. } => invalid("Token is too old."),
            E::NotYetValid { what, .. } => invalid(&format!("Token is not valid yet: {what}")),
            E::WrongAudience | E::WrongRecipient(_) | E::WrongDestination(_) => Self::unsupported_provider(),
            E::Unsigned
            | E::MisplacedSignature
            | E::SignatureForm(_)
            | E::UnsupportedAlgorithm { .. }
            | E::ForeignReference
            | E::BadDigest
            | E::BadSignature => invalid("Couldn't verify signed token."),
            E::Encrypted => invalid("Encrypted assertions are not supported."),
            E::Metadata(_) => invalid("Could not parse metadata."),
            E::NotBase64
            | E::Malformed(_)
            | E::NotAResponse
            | E::RepeatedId
            | E::NotOneAssertion(_)
            | E::MisplacedAssertion
            | E::NoSuccess(_)
            | E::Missing(_)
            | E::Form(_)
            | E::NotOneBearer
            | E::UnknownCondition => invalid("Not a valid SAML assertion."),
        }
    }
}
