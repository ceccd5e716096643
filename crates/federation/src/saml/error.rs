//! Why a SAML response or metadata was not accepted: facts, and no text of a subject or an attribute.

pub use super::xml::Malformed;

/// Why a response was not accepted. Each check has its own reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not base64.
    #[error("the response is not base64")]
    NotBase64,
    /// The document is none that is read.
    #[error("the response cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The root is another element than a response of SAML 2.0.
    #[error("the document is not a SAML 2.0 response")]
    NotAResponse,
    /// Two elements have one id, so that a reference could mean either.
    #[error("two elements have one id")]
    RepeatedId,
    /// Something in it is encrypted: there is no key here to open it.
    #[error("the response has an encrypted assertion, name or attribute, which is not supported")]
    Encrypted,
    /// Not exactly one assertion.
    #[error("the response has {0} assertions and not one")]
    NotOneAssertion(usize),
    /// The assertion is not directly in the response.
    #[error("the assertion is not directly in the response")]
    MisplacedAssertion,
    /// Neither the response nor the assertion is signed.
    #[error("neither the response nor the assertion is signed")]
    Unsigned,
    /// A signature that is neither directly in the response nor directly in the assertion, or a second one there.
    #[error("a signature stands where none belongs")]
    MisplacedSignature,
    /// A signature with other parts than a plain one has.
    #[error("the signature has an unexpected form: {0}")]
    SignatureForm(&'static str),
    /// An algorithm that is not among the few that are accepted.
    #[error("the signature's {what} is not an accepted one: {seen}")]
    UnsupportedAlgorithm {
        /// Which of the algorithms.
        what: &'static str,
        /// Its name in the signature, cut.
        seen: String,
    },
    /// The signature is over something else, over several things, or over things outside the document.
    #[error("the signature is not over exactly the element it stands in")]
    ForeignReference,
    /// The element was changed after it was signed.
    #[error("the signed element was changed")]
    BadDigest,
    /// No key of the provider's metadata made the signature.
    #[error("no key of the provider made the signature")]
    BadSignature,
    /// The provider says that the sign-in failed.
    #[error("the provider's answer is no success: {0}")]
    NoSuccess(String),
    /// The issuer is another one than that of the metadata.
    #[error("the issuer is `{seen}` and not `{wanted}`")]
    IssuerMismatch {
        /// The entity id of the metadata.
        wanted: String,
        /// The issuer in the response, cut.
        seen: String,
    },
    /// The response was sent to somebody else.
    #[error("the destination `{0}` is not an accepted one")]
    WrongDestination(String),
    /// Something that every assertion needs is absent.
    #[error("missing: {0}")]
    Missing(&'static str),
    /// Something has a form that it cannot have, or stands more often than it can.
    #[error("malformed: {0}")]
    Form(&'static str),
    /// The subject is confirmed otherwise than by bearing the assertion, or by several confirmations.
    #[error("the subject has not exactly one confirmation, of a bearer")]
    NotOneBearer,
    /// The subject is confirmed for another recipient.
    #[error("the recipient `{0}` is not an accepted one")]
    WrongRecipient(String),
    /// The assertion is for another audience.
    #[error("the audience is not an accepted one")]
    WrongAudience,
    /// A condition that is not understood must be taken as unmet.
    #[error("the assertion has a condition that is not understood")]
    UnknownCondition,
    /// A time at which something in it ends has come.
    #[error("`{what}` has passed: {now} >= {at}")]
    Expired {
        /// Which time.
        what: &'static str,
        /// The time of the check, in milliseconds.
        now: i64,
        /// The time in the assertion, in milliseconds.
        at: i64,
    },
    /// A time from which on it counts lies ahead by more than the allowed skew.
    #[error("`{what}` lies ahead: {at} > {now}")]
    NotYetValid {
        /// Which time.
        what: &'static str,
        /// The time of the check, in milliseconds.
        now: i64,
        /// The time in the assertion, in milliseconds.
        at: i64,
    },
    /// It was issued longer ago than it may be.
    #[error("issued {age} seconds ago")]
    TooOld {
        /// Seconds since it was issued.
        age: i64,
    },
    /// The registered metadata cannot be used, or its own validity has ended.
    #[error("the provider's metadata cannot be used: {0}")]
    Metadata(#[from] InvalidMetadata),
}

/// Why metadata is none that a provider can be registered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// The document is none that is read.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// The root is neither one entity nor a list of them.
    #[error("it is not SAML 2.0 metadata")]
    NotMetadata,
    /// Not exactly one entity in it is an identity provider of SAML 2.0.
    #[error("it describes {0} identity providers and not one")]
    NotOneProvider(usize),
    /// The provider has no entity id, or one that cannot be.
    #[error("the entity id is absent, empty or longer than 1,024 bytes")]
    EntityId,
    /// No certificate is there to verify signatures by.
    #[error("it has no certificate for signing")]
    NoSigningKey,
    /// More certificates than a provider may have.
    #[error("it has more than {0} certificates for signing")]
    TooManyKeys(usize),
    /// A certificate is no certificate, repeats an extension, or has a key that is too weak or of another kind than
    /// RSA of 2,048 bits and more or one of three curves.
    #[error("a certificate for signing cannot be used")]
    UnusableCertificate,
    /// `validUntil` is no time.
    #[error("`validUntil` is no time")]
    ValidUntil,
    /// `validUntil` has passed.
    #[error("`validUntil` has passed")]
    Expired,
}
