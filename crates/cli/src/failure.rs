//! Why a command ends without having done its work: one line for whoever started it.

/// Any error, on its way to standard error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
