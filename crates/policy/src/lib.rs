//! The IAM policy language: documents are parsed, checked in the order and the words of AWS, and compiled; a request
//! is decided over all policies that have a say; and a second pass says why. Pure: no clock, no store, no listener,
//! and no knowledge of any service but the names that documents are checked against.

mod action;
mod arn_pattern;
mod check;
mod condition;
mod context;
mod decide;
mod decision;
mod document;
mod explain;
mod json;
mod malformed;
mod obstacle;
mod pattern;
mod policy;
mod principal;
mod statement;
mod stored;

pub use check::check_bucket;
pub use context::{Context, Value};
pub use decide::{Policies, Request, decide};
pub use decision::{Decision, PolicyType, Reason};
pub use explain::{Explanation, Miss, StatementRef, explain};
pub use malformed::Malformed;
pub use obstacle::Obstacle;
pub use policy::{Kind, Named, Policy};
pub use principal::Principal;
pub use statement::Effect;
pub use stored::{counted_size, map_principals};
