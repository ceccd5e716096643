//! Why a token was not accepted: facts, and never a piece of the token.

/// Why a provider's word was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The token is longer than the settings allow.
    #[error("the token is longer than {limit} bytes")]
    TooLong {
        /// The most bytes a token may have.
        limit: usize,
    },
    /// Not three parts of base64url with JSON objects in the first two, each member given once.
    #[error("the token is not a JWT")]
    NotAJwt,
    /// A JWT of another kind: its `typ` is neither absent nor that of identity and access tokens.
    #[error("the JWT is not an identity token")]
    NotAnIdentityToken,
    /// `none`, an HMAC, an unknown algorithm, critical extensions, or not an algorithm of the named key.
    #[error("the token's algorithm is not one of its key")]
    UnsupportedAlgorithm,
    /// The issuer publishes the key, but it is too weak to be trusted.
    #[error("the token's key is too weak")]
    WeakKey,
    /// The issuer does not publish the key that the token names.
    #[error("the issuer publishes no such key")]
    UnknownKey,
    /// The signature is not that of the key over this token.
    #[error("the signature does not match")]
    BadSignature,
    /// The `iss` claim is not the issuer that the provider was registered with.
    #[error("the issuer is `{seen}` and not `{wanted}`")]
    IssuerMismatch {
        /// The registered issuer.
        wanted: String,
        /// The claim, cut at 255 bytes.
        seen: String,
    },
    /// The time in `exp` has come.
    #[error("expired: {now} >= {at}")]
    Expired {
        /// The time of the check, in epoch seconds.
        now: i64,
        /// The claim, in epoch seconds.
        at: i64,
    },
    /// The time in `nbf` or `iat` lies ahead by more than the allowed skew.
    #[error("`{claim}` lies ahead: {at} > {now}")]
    NotYetValid {
        /// Which claim.
        claim: &'static str,
        /// The time of the check, in epoch seconds.
        now: i64,
        /// The claim, in epoch seconds.
        at: i64,
    },
    /// Issued longer ago than the settings allow.
    #[error("too old: {age} seconds")]
    TooOld {
        /// Seconds since the time in `iat`.
        age: i64,
    },
    /// A claim that every token needs is absent.
    #[error("missing a required claim: {0}")]
    MissingClaim(&'static str),
    /// A claim has another type than its definition gives it, or is empty or overlong.
    #[error("malformed claim: {0}")]
    MalformedClaim(&'static str),
    /// Neither the authorized party nor, without one, any audience is among those accepted.
    #[error("the audience is not an accepted one")]
    WrongAudience,
    /// The provider refused an opaque token.
    #[error("the provider refused the token")]
    Rejected,
    /// The issuer answered, but with nothing that keys could be taken from; or we would not ask it.
    #[error("cannot fetch keys: {0}")]
    CannotFetchKeys(Reason),
    /// No trusted authority signed the issuer's certificate, and no certificate it served is a registered one.
    #[error("the certificate matches no registered thumbprint")]
    ThumbprintMismatch,
    /// The provider could not be reached or failed; trying again may help.
    #[error("the provider is unreachable: {0}")]
    Unreachable(Reason),
}

/// What went wrong while asking a provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The URL is malformed, or plain `http` to a host that the settings do not allow.
    #[error("the URL is not an acceptable one")]
    Url,
    /// The host's addresses are private or special, and the settings do not allow the host.
    #[error("the address is not a public one")]
    Address,
    /// The host name has no address.
    #[error("the host name does not resolve")]
    Resolve,
    /// No connection came about, or it broke.
    #[error("the connection failed")]
    Connection,
    /// TLS failed: the certificate is out of date or for another host, or the handshake broke.
    #[error("no TLS connection")]
    Tls,
    /// No trusted authority signed the certificate, and no certificate that was served is a registered one.
    #[error("the certificate is not a trusted one")]
    Untrusted,
    /// The whole exchange took longer than the settings allow.
    #[error("it took too long")]
    Timeout,
    /// A redirect was answered; none is followed.
    #[error("it answered with a redirect")]
    Redirect,
    /// The answer has another status than 200.
    #[error("it answered with status {0}")]
    Status(u16),
    /// The answer is larger than the settings allow.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer is not the JSON document that was asked for.
    #[error("the answer is not the expected document")]
    Document,
    /// The discovery document names another issuer than the registered one.
    #[error("the discovery document names another issuer")]
    Issuer,
    /// The settings do not say where to ask.
    #[error("no endpoint is configured for it")]
    NotConfigured,
    /// More calls are under way than the settings allow.
    #[error("too many calls are under way")]
    Busy,
}

impl Reason {
    /// Whether asking again later may help.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Resolve | Self::Connection | Self::Timeout | Self::Busy => true,
            Self::Status(status) => *status >= 500 || *status == 429,
            Self::Url
            | Self::Address
            | Self::NotConfigured
            | Self::Tls
            | Self::Untrusted
            | Self::Redirect
            | Self::TooLarge
            | Self::Document
            | Self::Issuer => false,
        }
    }
}

impl Error {
    /// The error of a fetch that failed for this reason.
    pub(crate) fn fetching(reason: Reason) -> Self {
        match reason {
            Reason::Untrusted => Self::ThumbprintMismatch,
            reason if reason.is_temporary() => Self::Unreachable(reason),
            reason => Self::CannotFetchKeys(reason),
        }
    }
}
