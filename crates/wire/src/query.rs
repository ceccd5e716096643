//! AWS Query: a form names the operation and its members, the answer is XML.

pub(crate) mod fault;
pub(crate) mod read;
pub(crate) mod write;

const CONTENT_TYPE: &str = "text/xml";
