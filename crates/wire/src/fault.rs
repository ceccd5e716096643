//! A failure, as a protocol writes it.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// What went wrong, in AWS's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The code, without any prefix.
    pub code: Cow<'static, str>,
    /// The words; empty where there are none.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// What was asked for, such as `/bucket/key`. Only REST-XML tells it.
    pub resource: Option<String>,
    /// Further members of the error document, such as `CancellationReasons` or `BucketName`.
    pub members: Map<String, Value>,
}

impl Fault {
    /// A fault without resource and further members.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), status, resource: None, members: Map::new() }
    }
}
