//! Why a call has no answer.

use crate::BoxError;

/// Why a call has no answer. The messages are for the log: they may name the server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// As many calls are under way as the settings allow, and none ended in time.
    #[error("too many calls to `{server}` are under way")]
    Busy {
        /// The server.
        server: String,
    },
    /// No connection came about: nothing was sent.
    #[error("`{server}` cannot be reached: {source}")]
    Unreachable {
        /// The server.
        server: String,
        /// Why.
        source: BoxError,
    },
    /// The server took its time: whether it acted is unknown.
    #[error("`{server}` did not answer within {seconds} s")]
    Late {
        /// The server.
        server: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The connection broke, or what came was no answer: whether the server acted is unknown.
    #[error("the conversation with `{server}` broke: {source}")]
    Broken {
        /// The server.
        server: String,
        /// Why.
        source: BoxError,
    },
    /// So much of its answers is held that there is no room for this one. The server acted.
    #[error("too much of what `{server}` answered is held")]
    Crowded {
        /// The server.
        server: String,
    },
    /// The answer is longer than the caller takes.
    #[error("the answer of `{server}` is longer than {limit} bytes")]
    TooLong {
        /// The server.
        server: String,
        /// The bound.
        limit: usize,
    },
    /// The request's own body failed while it was sent, with the error that its stream gave. The
    /// server got no complete request.
    #[error("the body of the request failed: {0}")]
    Source(BoxError),
    /// The request cannot be sent: its target or a header cannot stand in a request, or its body
    /// cannot be signed.
    #[error("the request cannot be sent: {0}")]
    Unsendable(BoxError),
}

impl Error {
    /// Whether the server certainly did not act on the request.
    pub fn is_before_sending(&self) -> bool {
        match self {
            Self::Busy { .. } | Self::Unreachable { .. } | Self::Unsendable(_) => true,
            Self::Late { .. } | Self::Broken { .. } | Self::Crowded { .. } | Self::TooLong { .. } | Self::Source(_) => {
                false
            }
        }
    }

    /// Whether the server is at its limits or away, so that the call may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Unreachable { .. }
            | Self::Late { .. }
            | Self::Broken { .. }
            | Self::Crowded { .. } => true,
            Self::TooLong { .. } | Self::Source(_) | Self::Unsendable(_) => false,
        }
    }

    /// What metrics call it.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::Busy { .. } | Self::Crowded { .. } => "busy",
            Self::Unreachable { .. } => "unreachable",
            Self::Late { .. } => "late",
            Self::Broken { .. } | Self::TooLong { .. } => "broken",
            Self::Source(_) | Self::Unsendable(_) => "abandoned",
        }
    }
}
