//! How these operations fail (`spec/sts.md`, section 15).

use operation::{Answer, Fault, Violations};

/// The errors of the API pages.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call is not allowed; the text is the service's own.
    #[error("{0}")]
    AccessDenied(String),
    /// The token has expired.
    #[error("{0}")]
    ExpiredToken(String),
    /// The provider itself refused the token.
    #[error("the identity provider rejected the token")]
    IdpRejectedClaim,
    /// The provider does not answer.
    #[error("the identity provider cannot be reached")]
    IdpCommunication,
    /// The token is not acceptable.
    #[error("{0}")]
    InvalidIdentityToken(String),
    /// The message was not sealed here for this account, or has expired.
    #[error("The authorization message is not valid or has expired.")]
    InvalidAuthorizationMessage,
    /// A session policy is no policy.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// Session policies and tags are too large together.
    #[error("{0}")]
    PackedPolicyTooLarge(String),
    /// A member breaks its constraint.
    #[error("{0}")]
    Validation(String),
    /// A member has a value that cannot be.
    #[error("{0}")]
    InvalidParameterValue(String),
    /// Something of ours failed.
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Fault for Error {
    fn answer(self) -> Answer {
        let (code, status) = match &self {
            Self::AccessDenied(_) => ("AccessDenied", 403),
            Self::ExpiredToken(_) => ("ExpiredTokenException", 400),
            Self::IdpRejectedClaim => ("IDPRejectedClaim", 403),
            Self::IdpCommunication => ("IDPCommunicationError", 400),
            Self::InvalidIdentityToken(_) => ("InvalidIdentityToken", 400),
            Self::InvalidAuthorizationMessage => ("InvalidAuthorizationMessageException", 400),
            Self::MalformedPolicyDocument(_) => ("MalformedPolicyDocument", 400),
            Self::PackedPolicyTooLarge(_) => ("PackedPolicyTooLarge", 400),
            Self::Validation(_) => ("ValidationError", 400),
            Self::InvalidParameterValue(_) => ("InvalidParameterValue", 400),
            Self::Internal(_) => {
                let Self::Internal(source) = self else { return Answer::new("InternalFailure", 500, "") };
                return Answer::internal("InternalFailure", source);
            }
        };
        Answer::new(code, status, self.to_string())
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Validation(violations.to_string())
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

impl From<operation::issuer::Error> for Error {
    fn from(error: operation::issuer::Error) -> Self {
        Self::Internal(error.into())
    }
}

/// What the verifier found out, in the words of this service (`spec/sts.md`, section 4.2).
impl From<federation::Error> for Error {
    fn from(error: federation::Error) -> Self {
        use federation::Error as E;
        let invalid = |text: &str| Self::InvalidIdentityToken(text.to_owned());
        match error {
            E::NotAJwt | E::NotAnIdentityToken | E::TooLong { .. } => invalid(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            ),
            E::UnknownKey | E::CannotFetchKeys(_) => invalid(
                "Couldn't retrieve verification key from your identity provider,  please reference \
                 AssumeRoleWithWebIdentity documentation for requirements",
            ),
            E::ThumbprintMismatch => {
                invalid("OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint")
            }
            E::BadSignature | E::UnsupportedAlgorithm | E::WeakKey => {
                invalid("The token's signature cannot be verified by the keys of its issuer.")
            }
            E::IssuerMismatch { seen, .. } => {
                Self::InvalidIdentityToken(format!("No OpenIDConnect provider found in your account for {seen}"))
            }
            E::Expired { now, at } => Self::ExpiredToken(format!(
                "Token expired: current date/time {now} must be before the expiration date/time {at}"
            )),
            E::TooOld { age } => Self::ExpiredToken(format!("Token too old: {age}")),
            E::NotYetValid { claim, .. } => {
                Self::InvalidIdentityToken(format!("The token is not valid yet: `{claim}` lies in the future."))
            }
            E::MissingClaim(claim) => Self::InvalidIdentityToken(format!("Missing a required claim: {claim}")),
            E::MalformedClaim(claim) => Self::InvalidIdentityToken(format!("Malformed claim: {claim}")),
            E::WrongAudience => invalid("Incorrect token audience"),
            E::Rejected => Self::IdpRejectedClaim,
            E::Unreachable(_) => Self::IdpCommunication,
        }
    }
}
