//! Keys of the server itself: the keyring that seals sessions, and the issuer's signing keys.

use serde::{Deserialize, Serialize};
use vocab::Timestamp;

use crate::Record;

/// A secret sealed under the master key, with the id of its record as associated data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(pub String);

/// One generation of the root secret from which the sealing keys are derived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generation {
    /// Its number, from 1.
    pub number: u32,
    /// The root secret.
    pub root: Sealed,
    /// When it was published. It seals 60 s later, and opens at once.
    pub published: Timestamp,
}

/// One signing key of the server's own issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerKey {
    /// The number that follows the region in its `kid`.
    pub number: u32,
    /// The key id.
    pub kid: String,
    /// The private key, PKCS #8 in base64, sealed.
    pub private: Sealed,
    /// The modulus, base64url.
    pub modulus: String,
    /// The exponent, base64url.
    pub exponent: String,
    /// When it was published. It signs 60 s later, and verifies at once.
    pub published: Timestamp,
}

/// What the store knows about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Made by `daypass dev`: `daypass serve` refuses it.
    pub development: bool,
    /// A value sealed under the master key: whoever cannot open it has another master key.
    pub check: Sealed,
    /// When the store was made.
    pub created: Timestamp,
}

impl Record for Generation {
    const KIND: &'static str = "generation";

    fn id(&self) -> String {
        format!("{:010}", self.number)
    }
}

impl Record for IssuerKey {
    const KIND: &'static str = "issuer-key";

    fn id(&self) -> String {
        format!("{:010}", self.number)
    }
}

impl Record for Mark {
    const KIND: &'static str = "mark";

    fn id(&self) -> String {
        "store".into()
    }
}
