//! REST-JSON: routes name the operation, bodies are JSON documents.

pub(crate) mod fault;
pub(crate) mod read;
pub(crate) mod write;

const CONTENT_TYPE: &str = "application/json";
