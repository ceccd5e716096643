//! Signature Version 4: who signed a request, and whether they did. Headers, presigned URLs and
//! `aws-chunked` bodies; verifying for the server, signing for clients and upstream engines.
//!
//! A request is verified in two steps, because the secret stands between them: [`read`] says who
//! claims to have signed, the caller finds that key's secret, [`Claim::verify`] decides.
//!
//! This crate must never know where secrets are kept, what an operation is or how an error looks
//! on the wire. It does no I/O and asks no clock.

mod canonical;
pub mod chunked;
mod claim;
mod error;
mod form;
mod headers;
mod hex;
mod keys;
mod sign;
mod sink;
mod uri;
mod verify;

pub use claim::{Chunks, Claim, Payload, Place, Scope, Token, read};
pub use error::{Error, Form, Part};
pub use form::{FormClaim, read_form};
pub use keys::SigningKeys;
pub use sign::{Signed, Signer};
pub use verify::{Body, Canonical, Expect, Verified, sha256};

/// What of a request takes part in its signature, apart from the body.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The path as it was sent, still percent-encoded.
    pub path: &'a str,
    /// The query string as it was sent, without the question mark; empty where there is none.
    pub query: &'a str,
    /// The headers. HTTP/2 has no `host` header: put `:authority` there first.
    pub headers: &'a http::HeaderMap,
}

/// How a service treats path and body when it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// S3: the path is encoded once and never normalised, and bodies may be unsigned or chunked.
    S3,
    /// Every other service: dot segments and double slashes are resolved, the path is encoded
    /// once more, and the signature always covers the body's hash.
    Standard,
}

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const TERMINATOR: &str = "aws4_request";
