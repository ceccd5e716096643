//! Refusals of the pipeline in each service's own words: who you are (authentication) and what you
//! may (authorization). The only place where their facts become AWS answers.

use operation::{Answer, Caller, Refusal, Service};
use policy::{PolicyType, Reason};

use crate::authenticate::Error;

/// How a service words the refusals of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// AWS JSON: status 400, codes that end in `Exception`.
    Json,
    /// REST-JSON: the same codes, status 403.
    RestJson,
    /// AWS Query: status 403, short codes.
    Query,
    /// S3: codes of its own.
    S3,
}

impl Manner {
    /// The manner of a service.
    pub fn of(service: &Service) -> Self {
        match service.protocol {
            wire::Protocol::Query { .. } => Self::Query,
            wire::Protocol::RestXml { .. } => Self::S3,
            wire::Protocol::Json10 { .. } | wire::Protocol::Json11 { .. } => Self::Json,
            wire::Protocol::RestJson => Self::RestJson,
        }
    }

    /// The answer to a request that should have been signed.
    pub fn not_signed(self) -> Answer {
        match self {
            Self::RestJson => rest(Self::Json.not_signed()),
            Self::Json => Answer::new("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
            Self::Query => Answer::new("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
            Self::S3 => Answer::new("AccessDenied", 403, "Access Denied"),
        }
    }

    /// The answer to a signature that is not accepted.
    pub fn unauthenticated(self, error: Error) -> Answer {
        match (self, error) {
            (Self::RestJson, error) => rest(Self::Json.unauthenticated(error)),
            (Self::Json, Error::Internal(source)) => Answer::internal("InternalErrorException", source),
            (Self::Query, Error::Internal(source)) => Answer::internal("InternalFailure", source),
            (Self::S3, Error::Internal(source)) => Answer::internal("InternalError", source),
            (_, Error::Signature(error)) => self.signature(&error),
            (Self::Json, Error::Expired(_)) => Answer::new("ExpiredTokenException", 400, EXPIRED),
            (Self::Query, Error::Expired(_)) => Answer::new("ExpiredToken", 403, EXPIRED),
            (Self::S3, Error::Expired(_)) => Answer::new("ExpiredToken", 400, "The provided token has expired."),
            (Self::Json, _) => Answer::new("UnrecognizedClientException", 400, INVALID),
            (Self::Query, _) => Answer::new("InvalidClientTokenId", 403, INVALID),
            (Self::S3, Error::UnknownKey) => Answer::new(
                "InvalidAccessKeyId",
                403,
                "The AWS Access Key Id you provided does not exist in our records.",
            ),
            (Self::S3, _) => Answer::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        }
    }

    fn signature(self, error: &sigv4::Error) -> Answer {
        use sigv4::Error as E;
        let text = error.aws_text();
        match self {
            Self::RestJson => rest(Self::Json.signature(error)),
            Self::Json | Self::Query => {
                let (json, query, status) = match error {
                    E::TokenMissing => ("UnrecognizedClientException", "InvalidClientTokenId", 403),
                    E::PresignedExpired { .. } => ("InvalidSignatureException", "RequestExpired", 400),
                    E::Algorithm { .. }
                    | E::Incomplete { .. }
                    | E::Credential { .. }
                    | E::Date { .. }
                    | E::SignatureV2
                    | E::TwoMechanisms
                    | E::Duplicate { .. }
                    | E::Malformed { .. }
                    | E::TooLong { .. } => ("IncompleteSignatureException", "IncompleteSignature", 400),
                    _ => ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
                };
                match self {
                    Self::Json => Answer::new(json, 400, text),
                    _ => Answer::new(query, status, text),
                }
            }
            Self::S3 => s3_signature(error, text),
        }
    }

    /// The answer to a request that the policies do not allow, or whose facts could not be had.
    pub fn refused(self, refusal: Refusal, caller: &Caller) -> Answer {
        if let (Self::RestJson, Refusal::NotSigned | Refusal::Denied { .. }) = (self, &refusal) {
            return rest(Self::Json.refused(refusal, caller));
        }
        let (decided, reason) = match refusal {
            Refusal::Failed(answer) => return answer,
            Refusal::NotSigned => return self.not_signed(),
            Refusal::Denied { decided, reason, .. } => (decided, reason),
        };
        let arn = caller.arn().filter(|_| !(self == Self::S3 && is_foreign(&reason)));
        let is_named = arn.is_some();
        let who = match arn {
            Some(arn) => arn.to_string(),
            None if self == Self::Json => "anonymous".to_owned(),
            None => return Answer::new("AccessDenied", 403, "Access Denied"),
        };
        let resource = match (self, decided.resource.as_str()) {
            (_, "*") if is_named => String::new(),
            (Self::S3, resource) => format!(" on resource: \"{resource}\""),
            (Self::Json | Self::RestJson | Self::Query, resource) => format!(" on resource: {resource}"),
        };
        let action = &decided.action;
        let tail = reason.tail(action);
        let message = format!("User: {who} is not authorized to perform: {action}{resource} {tail}");
        match self {
            Self::Json | Self::RestJson => Answer::new("AccessDeniedException", 400, message),
            Self::Query | Self::S3 => Answer::new("AccessDenied", 403, message),
        }
    }

    /// The answer where something of ours failed.
    pub fn internal(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Answer {
        match self {
            Self::Json | Self::RestJson => Answer::internal("InternalErrorException", source),
            Self::Query => Answer::internal("InternalFailure", source),
            Self::S3 => Answer::internal("InternalError", source),
        }
    }

    /// The answer while this node cannot vouch for its configuration, or is full.
    pub fn unavailable(self) -> Answer {
        match self {
            Self::Json | Self::RestJson | Self::Query => {
                Answer::new("ServiceUnavailable", 503, "Service is unavailable")
            }
            Self::S3 => Answer::new("ServiceUnavailable", 503, "Reduce your request rate."),
        }
    }

    /// The answer to a body that is longer than it may be.
    pub fn too_long(self, text: String) -> Answer {
        match self {
            Self::Json | Self::RestJson => Answer::new("SerializationException", 413, text),
            Self::Query => Answer::new("RequestEntityTooLarge", 413, text),
            Self::S3 => Answer::new("EntityTooLarge", 400, text),
        }
    }

    /// The answer to a stranger who calls too often.
    pub fn too_many(self) -> Answer {
        match self {
            Self::Json => Answer::new("TooManyRequestsException", 400, "Rate exceeded"),
            Self::RestJson => Answer::new("TooManyRequestsException", 429, "Rate exceeded"),
            Self::Query => Answer::new("Throttling", 400, "Rate exceeded"),
            Self::S3 => Answer::new("SlowDown", 503, "Please reduce your request rate."),
        }
    }
}

/// Services of REST-JSON use the statuses of HTTP where those of AWS JSON say 400.
fn rest(answer: Answer) -> Answer {
    let status = if answer.status == 400 { 403 } else { answer.status };
    Answer { status, ..answer }
}

/// Across accounts S3 says nothing about policies.
fn is_foreign(reason: &Reason) -> bool {
    matches!(reason, Reason::Implicit(PolicyType::Resource))
}

fn s3_signature(error: &sigv4::Error, text: String) -> Answer {
    use sigv4::Error as E;
    match error {
        E::TokenMissing => Answer::new("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
        E::Expired { .. } | E::NotYetCurrent { .. } => Answer::new(
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        E::PresignedExpired { .. } => Answer::new("AccessDenied", 403, "Request has expired"),
        E::NotSigned { .. } => Answer::new("AccessDenied", 403, text),
        E::SignatureV2 => Answer::new(
            "InvalidRequest",
            400,
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
        ),
        E::Mismatch | E::SignedHeaderAbsent { .. } => Answer::new(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
        ),
        E::BodyChanged => Answer::new("XAmzContentSHA256Mismatch", 400, text),
        E::PayloadHash { .. } | E::PayloadKind => Answer::new("InvalidArgument", 400, text),
        E::PayloadMissing | E::TwoMechanisms | E::Duplicate { .. } => Answer::new("InvalidRequest", 400, text),
        E::ExpiresMalformed | E::ExpiresOutOfRange { .. } => {
            Answer::new("AuthorizationQueryParametersError", 400, text)
        }
        E::Incomplete { form: sigv4::Form::Fields, .. } => Answer::new("InvalidArgument", 400, text),
        E::Incomplete { form: sigv4::Form::Query, .. } => Answer::new("AuthorizationQueryParametersError", 400, text),
        E::Algorithm { .. }
        | E::Incomplete { .. }
        | E::Credential { .. }
        | E::Date { .. }
        | E::Malformed { .. }
        | E::TooLong { .. }
        | E::Terminator { .. }
        | E::ScopeDate { .. }
        | E::Service { .. }
        | E::HostNotSigned => Answer::new("AuthorizationHeaderMalformed", 400, text),
        // Clients sign again for the region that they are told.
        E::Region { wanted, .. } => {
            Answer::new("AuthorizationHeaderMalformed", 400, text).with("Region", wanted.as_str())
        }
    }
}

const INVALID: &str = "The security token included in the request is invalid.";
const EXPIRED: &str = "The security token included in the request is expired";
