//! PartiQL statements: kind, table, attributes, and what binds the partition key.
//!
//! Only what is certain to be read alike by the engine is accepted: no comments, no Ion literals, no
//! aliases, no functions but the engine's own. The rest is refused.

pub(crate) mod condition;
mod reader;
mod rename;
pub(crate) mod statement;
mod token;

pub(crate) use condition::Operand;
pub(crate) use rename::renamed;
pub(crate) use statement::{Kind, Statement};

use crate::error::Error;

/// The error for what is not understood.
fn not_understood(what: &str) -> Error {
    Error::validation(format!("Statement wasn't well formed, can't be processed: {what}"))
}
