//! Turns what a provider said into [`Verified`], or into one named reason why not: OpenID Connect
//! tokens against the issuer's published keys, our own issuer's tokens against keys that the caller
//! holds, the opaque tokens of Amazon and Facebook by asking them, and SAML responses against registered metadata.
//!
//! This room knows no pool, no role and no store. It is told which registered [`Provider`] a token
//! claims to be from, and it never asks anybody else: the issuer in a token chooses nothing here.

mod address;
mod cache;
mod certificate;
mod client;
mod error;
mod json;
mod keys;
mod observer;
mod provider;
mod published;
pub mod saml;
mod settings;
mod social;
mod tls;
mod token;
mod twitter;
mod url;
mod verified;
mod verifier;

pub use error::{Error, Reason};
pub use keys::{Algorithm, KeySet, Keys, PublicKey};
pub use observer::{Fetch, Observer, What};
pub use provider::{Issuer, Provider};
pub use settings::{Doubtful, Endpoints, Settings};
pub use token::Unverified;
pub use url::Url;
pub use verified::Verified;
pub use verifier::Verifier;
