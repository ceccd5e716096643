//! AWS JSON, Query with XML, REST-JSON and REST-XML: bytes to values and back.
//!
//! A protocol finds out which operation a request names and what its members are, and writes
//! outputs and faults. It knows no operation, no caller and no listener; a streamed body passes
//! beside it.

pub mod protocol;

pub mod fault;
pub mod input;
pub mod malformed;
pub mod reply;
pub mod rest;

pub mod documents;
pub mod times;

mod escapes;
mod json;
mod query;
mod rest_json;
mod rest_xml;
mod tree;
mod xml;

pub use fault::Fault;
pub use input::Input;
pub use malformed::Malformed;
pub use protocol::{Invocation, Protocol, Request};
pub use reply::{Body, Reply, Stream, Unwritable};
