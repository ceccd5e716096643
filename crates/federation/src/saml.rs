//! SAML 2.0: what an identity provider asserts of a subject, once it is known that the provider asserted it.
//!
//! A signature proves a string of bytes and nothing of the document it came in. So an assertion is read from those
//! bytes: the element that carries the signature is brought into its canonical form, the digest of that form is what
//! the provider signed, and the form is then read as a document of its own. Whatever else was sent, moved, wrapped or
//! commented out is not in it. Before that, documents of any unusual shape are refused, each with its reason.
//!
//! The parts of XML signatures that SAML does without (keys in the document, other transforms, references to other
//! documents, HMAC) are not here to be misused.

mod assertion;
mod canonical;
mod error;
mod metadata;
mod names;
mod response;
mod signature;
mod xml;

use std::sync::Arc;
use std::time::Duration;

pub use assertion::Assertion;
pub use error::{Error, InvalidMetadata, Malformed};
pub use metadata::Metadata;

use crate::verifier::Verifier;

/// What an assertion must have been made for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The places it may have been sent to.
    pub recipients: &'a [String],
    /// The audiences it may be for.
    pub audiences: &'a [String],
    /// How long ago it may have been issued; without it, its own times alone decide.
    pub max_age: Option<Duration>,
}

impl Verifier {
    /// Verifies a response, in base64, of the provider with this metadata: its shape, a signature over the response or
    /// the assertion, issuer, status, times, audience and recipient. Ends are to the second, beginnings have the skew
    /// of the settings. Errs with the first check that failed.
    pub fn saml(&self, metadata: &Metadata, expected: &Expected<'_>, response: &str) -> Result<Assertion, Error> {
        let now = self.now();
        metadata.is_current(now)?;
        let times = assertion::Times { now, skew: self.skew() };
        response::verify(metadata, expected, response, times)
    }

    /// Reads the metadata of a provider, or remembers what it read. `version` is that of the stored record: changed
    /// metadata has another one.
    pub fn saml_metadata(&self, version: [u8; 16], document: &str) -> Result<Arc<Metadata>, InvalidMetadata> {
        self.metadata().get_or_insert_with(&version, || Metadata::parse(document).map(Arc::new))
    }
}
