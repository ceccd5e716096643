//! Amazon DynamoDB behind the decision: tables and items.
//!
//! Each call is parsed once, into a JSON value. What the call touches is worked out from that value by
//! analysers of our own (key conditions, attribute names, PartiQL), and what the engine carries out is
//! written again from that same value. What an analyser cannot understand is refused; nothing is guessed.
//! The operations pass through one engine, so they are a table, with a file for each family.
//!
//! This crate knows no listener and no other service.

mod service;

pub mod backend;
pub mod embedded;
pub mod routes;
pub mod upstream;

pub mod error;
mod plan;
mod run;
mod table;
mod tokens;

mod batch;
mod control;
mod items;
mod query;
mod scan;
mod statements;
mod streams;
mod transactions;
mod vectors;

mod conditions;
mod document;
mod expression;
mod keys;
mod partiql;

#[cfg(any(test, feature = "testing"))]
pub mod agreement;

pub use backend::{Backend, Schema};
pub use embedded::Embedded;
pub use error::Error;
pub use plan::Plan;
pub use routes::{Route, Routes};
pub use run::Dynamo;
pub use service::{service, streams};
pub use upstream::Upstream;
