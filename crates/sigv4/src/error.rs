//! Why a signature was refused: facts, and the words AWS has for them.

use std::time::Duration;

use vocab::Timestamp;

/// Why a request's signature is not accepted. Texts that the caller sent are bounded in length
/// and never hold a secret, a token or a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The request is signed with Signature Version 2, which is not served.
    #[error("signature version 2 is not supported; the client must sign with version 4 (`s3v4`)")]
    SignatureV2,
    /// The request has an `Authorization` header and query parameters that authenticate.
    #[error("the request authenticates both in a header and in its query")]
    TwoMechanisms,
    /// A header or query parameter that must be single was given more than once.
    #[error("`{what}` was given more than once")]
    Duplicate {
        /// The header or parameter.
        what: &'static str,
    },
    /// A header, parameter or part of one does not have its form.
    #[error("`{what}` is malformed")]
    Malformed {
        /// The header, parameter or part.
        what: &'static str,
    },
    /// Something is longer, or there is more of it, than is accepted.
    #[error("{what} exceeds {limit}")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// The most that is accepted.
        limit: usize,
    },
    /// The signing algorithm is not `AWS4-HMAC-SHA256`.
    #[error("unsupported signing algorithm `{seen}`")]
    Algorithm {
        /// The algorithm that was named.
        seen: String,
    },
    /// Parts of the signature are missing, in AWS's order.
    #[error("the signature lacks {missing:?}")]
    Incomplete {
        /// Where the signature stands.
        form: Form,
        /// What is missing; never empty.
        missing: Vec<Part>,
    },
    /// The credential does not have five elements.
    #[error("the credential `{seen}` does not have five elements")]
    Credential {
        /// The credential that was sent.
        seen: String,
    },
    /// The date of the request cannot be read.
    #[error("`{seen}` is not a date of the form `20260102T030405Z`")]
    Date {
        /// The date that was sent.
        seen: String,
    },
    /// The credential scope does not end in `aws4_request`.
    #[error("the credential scope ends in `{seen}`")]
    Terminator {
        /// The last element that was sent.
        seen: String,
    },
    /// The date in the credential scope is not the day of the request.
    #[error("the credential scope is of `{scope}`, the request of `{}`", signed.amz_date())]
    ScopeDate {
        /// The date in the scope.
        scope: String,
        /// The time of the request.
        signed: Timestamp,
    },
    /// The credential is scoped to another region.
    #[error("signed for region `{seen}`, wanted `{wanted}`")]
    Region {
        /// The region in the scope.
        seen: String,
        /// The region that was asked.
        wanted: String,
    },
    /// The credential is scoped to another service.
    #[error("signed for service `{seen}`, wanted `{wanted}`")]
    Service {
        /// The service in the scope.
        seen: String,
        /// The service that was asked.
        wanted: String,
    },
    /// The request was signed too long ago.
    #[error("signed at {}, too long before {}", signed.amz_date(), now.amz_date())]
    Expired {
        /// When the request was signed.
        signed: Timestamp,
        /// The time of the decision.
        now: Timestamp,
        /// How far the two may be apart.
        skew: Duration,
    },
    /// The request is signed for a time too far ahead.
    #[error("signed at {}, too far after {}", signed.amz_date(), now.amz_date())]
    NotYetCurrent {
        /// When the request was signed.
        signed: Timestamp,
        /// The time of the decision.
        now: Timestamp,
        /// How far the two may be apart.
        skew: Duration,
    },
    /// `X-Amz-Expires` is not a number.
    #[error("`X-Amz-Expires` is not a number")]
    ExpiresMalformed,
    /// `X-Amz-Expires` is below one second or above a week.
    #[error("`X-Amz-Expires` is {seen}, outside 1 to 604800")]
    ExpiresOutOfRange {
        /// The seconds that were sent.
        seen: i64,
    },
    /// The presigned URL is no longer valid.
    #[error("the presigned URL of {} expired after {} seconds", signed.amz_date(), expires.as_secs())]
    PresignedExpired {
        /// When the URL was signed.
        signed: Timestamp,
        /// How long it was valid.
        expires: Duration,
        /// The time of the decision.
        now: Timestamp,
    },
    /// The access key id is that of temporary credentials, and there is no session token.
    #[error("temporary credentials without a session token")]
    TokenMissing,
    /// `host` is not among the signed headers.
    #[error("`host` is not signed")]
    HostNotSigned,
    /// Headers that change what a request does are present and not signed.
    #[error("not signed: {headers:?}")]
    NotSigned {
        /// Their names.
        headers: Vec<String>,
    },
    /// A header that the signature names is not in the request.
    #[error("the signed header `{name}` is not in the request")]
    SignedHeaderAbsent {
        /// Its name.
        name: String,
    },
    /// `x-amz-content-sha256` is neither a hash nor one of the known words.
    #[error("`{seen}` is no value for `x-amz-content-sha256`")]
    PayloadHash {
        /// The value that was sent.
        seen: String,
    },
    /// The body is unsigned or chunked, where the service wants its hash signed.
    #[error("the service needs the hash of the whole body")]
    PayloadKind,
    /// The request does not say how its body is signed, and the caller did not hash it.
    #[error("`x-amz-content-sha256` is missing")]
    PayloadMissing,
    /// The signature is right, but the body is not the one that was signed.
    #[error("the body does not have the signed hash")]
    BodyChanged,
    /// The signature is wrong.
    #[error("the signature does not match")]
    Mismatch,
}

/// Where a signature stands in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the `Authorization` header.
    Header,
    /// In the query string: a presigned URL.
    Query,
    /// In the fields of a form.
    Fields,
}

/// A part that a signature must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The algorithm; query form only.
    Algorithm,
    /// The credential: key id and scope.
    Credential,
    /// The signature itself.
    Signature,
    /// The list of signed headers.
    SignedHeaders,
    /// The time of signing.
    Date,
    /// How long a presigned URL is valid.
    Expires,
    /// What is signed of a form.
    Policy,
}

impl Error {
    /// The words that AWS has for this fact, as STS, IAM and the JSON services use them; where AWS
    /// has none that are known, our own in its manner.
    pub fn aws_text(&self) -> String {
        match self {
            Self::SignatureV2 => {
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.".into()
            }
            Self::TwoMechanisms => "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, \
                 Signature query string parameter or the Authorization header should be specified"
                .into(),
            Self::Algorithm { seen } => format!("Unsupported AWS 'algorithm': '{seen}'"),
            Self::Incomplete { form, missing } => incomplete(*form, missing),
            Self::Credential { seen } => format!(
                "Credential must have exactly 5 slash-delimited elements, \
                 e.g. keyid/date/region/service/term, got '{seen}'"
            ),
            Self::Date { seen } => format!(
                "Date must be in ISO-8601 'basic format'. Got '{seen}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ),
            Self::Terminator { .. } | Self::ScopeDate { .. } | Self::Region { .. } | Self::Service { .. } => {
                self.scope_text()
            }
            Self::Expired { .. } | Self::NotYetCurrent { .. } | Self::PresignedExpired { .. } => self.time_text(),
            Self::ExpiresMalformed => "X-Amz-Expires should be a number".into(),
            Self::ExpiresOutOfRange { seen } if *seen < 1 => "X-Amz-Expires must be non-negative".into(),
            Self::ExpiresOutOfRange { .. } => "X-Amz-Expires must be less than a week (in seconds); \
                 that is, the given X-Amz-Expires must be less than 604800 seconds"
                .into(),
            Self::TokenMissing => "The security token included in the request is invalid.".into(),
            Self::HostNotSigned => "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".into(),
            Self::NotSigned { .. } => "There were headers present in the request which were not signed".into(),
            Self::PayloadHash { .. } => {
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
                 or a valid sha256 value."
                    .into()
            }
            Self::PayloadMissing => "Missing required header for this request: x-amz-content-sha256".into(),
            Self::BodyChanged => "The provided 'x-amz-content-sha256' header does not match what was computed.".into(),
            Self::Mismatch | Self::SignedHeaderAbsent { .. } => MISMATCH.into(),
            Self::Duplicate { .. } | Self::Malformed { .. } | Self::TooLong { .. } | Self::PayloadKind => {
                format!("Invalid signature: {self}.")
            }
        }
    }

    fn scope_text(&self) -> String {
        match self {
            Self::Terminator { seen } => {
                format!("Credential should be scoped with a valid terminator: 'aws4_request', not '{seen}'.")
            }
            Self::ScopeDate { scope, signed } => {
                let signed = signed.amz_date();
                let day = signed.get(..8).unwrap_or_default();
                format!(
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                     '{scope}' != '{day}', from '{signed}'."
                )
            }
            Self::Region { seen, .. } => format!("Credential should be scoped to a valid region, not '{seen}'."),
            Self::Service { wanted, .. } => format!("Credential should be scoped to correct service: '{wanted}'."),
            _ => MISMATCH.into(),
        }
    }

    fn time_text(&self) -> String {
        match *self {
            Self::Expired { signed, now, skew } => format!(
                "Signature expired: {} is now earlier than {} ({} - {} min.)",
                signed.amz_date(),
                (now - skew).amz_date(),
                now.amz_date(),
                skew.as_secs() / 60
            ),
            Self::NotYetCurrent { signed, now, skew } => format!(
                "Signature not yet current: {} is still later than {} ({} + {} min.)",
                signed.amz_date(),
                (now + skew).amz_date(),
                now.amz_date(),
                skew.as_secs() / 60
            ),
            _ => "Request has expired".into(),
        }
    }
}

fn incomplete(form: Form, missing: &[Part]) -> String {
    let sentences = missing.iter().map(|part| match (form, part) {
        (Form::Query, part) => format!("AWS query-string parameters must include '{}'. ", parameter(*part)),
        (Form::Fields, part) => format!("Bucket POST must contain a field named '{}'.  ", parameter(*part)),
        (Form::Header, Part::Date) => {
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ".into()
        }
        (Form::Header, part) => {
            format!("Authorization header requires '{}' parameter. ", parameter(*part).trim_start_matches("X-Amz-"))
        }
    });
    let end = match form {
        Form::Header => "Authorization=AWS4-HMAC-SHA256",
        Form::Query => "Re-examine the query-string parameters.",
        Form::Fields => "If it is specified, please check the order of the fields.",
    };
    sentences.chain([end.to_owned()]).collect()
}

fn parameter(part: Part) -> &'static str {
    match part {
        Part::Algorithm => "X-Amz-Algorithm",
        Part::Credential => "X-Amz-Credential",
        Part::Signature => "X-Amz-Signature",
        Part::SignedHeaders => "X-Amz-SignedHeaders",
        Part::Date => "X-Amz-Date",
        Part::Expires => "X-Amz-Expires",
        Part::Policy => "policy",
    }
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. \
    Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
