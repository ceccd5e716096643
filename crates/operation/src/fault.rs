//! Faults: how an operation fails on the wire.

use std::borrow::Cow;

/// An operation's error, told in the service's own terms.
pub trait Fault: Send {
    /// Code, status and words; the source, for the log, where it is our fault.
    fn answer(self) -> Answer;
}

/// A failure as the caller sees it, beside what only the log sees.
#[derive(Debug)]
pub struct Answer {
    /// AWS's code.
    pub code: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// AWS's words.
    pub message: String,
    /// Further members of the error document.
    pub members: Option<Box<serde_json::Map<String, serde_json::Value>>>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// What went wrong on our side. It is logged once, at the boundary, and never sent.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What is wrong with a streamed body: errors of [`Call::take_body`](crate::Call::take_body) are
/// these where they are the caller's.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct BodyFault {
    /// AWS's code.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// AWS's words.
    pub message: String,
}

impl Answer {
    /// A failure that is the caller's.
    pub fn new(code: impl Into<Cow<'static, str>>, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.into(), status, message: message.into(), members: None, headers: Vec::new(), source: None }
    }

    /// A failure that is ours, under the service's code for it.
    pub fn internal(code: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..Self::new(code, 500, "internal failure") }
    }

    /// The same with a further header. A value that is none is left out.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with a further member of the error document.
    pub fn with(mut self, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.members.get_or_insert_default().insert(name.to_owned(), value.into());
        self
    }
}
