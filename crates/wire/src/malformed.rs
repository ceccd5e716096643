//! Requests that name no operation or cannot be read.

use std::borrow::Cow;

use crate::tree::Mismatch;
use crate::{Fault, Protocol};

/// Why a request is no operation with its members. Names members, never shows their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No operation has this name (the layer above finds out), or no route this path.
    #[error("no operation `{0}`")]
    UnknownOperation(String),
    /// A form without `Action`.
    #[error("no action is given")]
    MissingAction,
    /// A form of another version, or of none.
    #[error("`{action}` is not served for version `{version}`")]
    WrongVersion {
        /// The operation.
        action: String,
        /// The version given.
        version: String,
    },
    /// The path is served, but not with this method.
    #[error("the method is not allowed here")]
    MethodNotAllowed,
    /// Path and method are served, but not with this query parameter or header, which selects
    /// something else.
    #[error("`{0}` is not served here")]
    Unserved(String),
    /// A path, query or form with a broken escape, a text that is not UTF-8, or a NUL.
    #[error("not a percent-encoded text")]
    Escape,
    /// A parameter, header or member that came more than once.
    #[error("`{0}` is given more than once")]
    Duplicate(String),
    /// More members or deeper nesting than any honest request has.
    #[error("too many members")]
    TooLarge,
    /// The document is not what its kind or its operation wants.
    #[error("the document is not well formed: {0}")]
    Document(String),
    /// A member is not what its operation wants.
    #[error("`{member}`: {why}")]
    Member {
        /// The member's path, such as `Tags.1.Key`; empty for the whole.
        member: String,
        /// What was expected.
        why: String,
    },
}

impl Malformed {
    /// The fault that the services of a protocol answer with.
    pub fn fault(&self, protocol: &Protocol) -> Fault {
        match protocol {
            Protocol::Json10 { .. } | Protocol::Json11 { .. } | Protocol::RestJson => self.json(),
            Protocol::Query { version, .. } => self.query(version),
            Protocol::RestXml { .. } => self.rest_xml(),
        }
    }

    fn json(&self) -> Fault {
        match self {
            Self::UnknownOperation(_)
            | Self::MissingAction
            | Self::WrongVersion { .. }
            | Self::MethodNotAllowed
            | Self::Unserved(_) => Fault::new("UnknownOperationException", 400, self.to_string()),
            Self::Escape | Self::Duplicate(_) | Self::TooLarge | Self::Document(_) | Self::Member { .. } => {
                Fault::new("SerializationException", 400, self.to_string())
            }
        }
    }

    fn query(&self, served: &str) -> Fault {
        match self {
            Self::UnknownOperation(name) => not_found(name, served),
            Self::WrongVersion { action, version } => not_found(action, version),
            Self::MissingAction | Self::MethodNotAllowed | Self::Unserved(_) => {
                Fault::new("MissingAction", 400, "The request is missing an action or a required parameter.")
            }
            Self::Escape => Fault::new("MalformedQueryString", 400, "The query string contains a syntax error."),
            Self::Duplicate(_) | Self::TooLarge | Self::Document(_) | Self::Member { .. } => {
                Fault::new("MalformedInput", 400, self.to_string())
            }
        }
    }

    fn rest_xml(&self) -> Fault {
        match self {
            Self::UnknownOperation(_) | Self::MissingAction | Self::WrongVersion { .. } | Self::MethodNotAllowed => {
                Fault::new("MethodNotAllowed", 405, "The specified method is not allowed against this resource.")
            }
            Self::Unserved(_) => Fault::new(
                "NotImplemented",
                501,
                "A header or query parameter you provided implies functionality that is not implemented.",
            ),
            Self::Escape => Fault::new("InvalidURI", 400, "Couldn't parse the specified URI."),
            Self::Duplicate(_) | Self::Member { .. } => Fault::new("InvalidArgument", 400, self.to_string()),
            Self::TooLarge | Self::Document(_) => Fault::new(
                "MalformedXML",
                400,
                "The XML you provided was not well-formed or did not validate against our published schema",
            ),
        }
    }
}

impl From<Mismatch> for Malformed {
    fn from(mismatch: Mismatch) -> Self {
        Self::Member { member: mismatch.path, why: mismatch.why }
    }
}

fn not_found(action: &str, version: &str) -> Fault {
    let version = if version.is_empty() { Cow::Borrowed("NO_VERSION_SPECIFIED") } else { Cow::Borrowed(version) };
    Fault::new("InvalidAction", 400, format!("Could not find operation {action} for version {version}"))
}
