//! Analysers of DynamoDB's expressions: which attributes they name, and which partition key they bind.

pub(crate) mod attributes;
pub(crate) mod key_condition;
pub(crate) mod names;
pub(crate) mod token;

pub(crate) use attributes::{Grammar, attributes};
pub(crate) use key_condition::KeyCondition;
pub(crate) use names::Names;
