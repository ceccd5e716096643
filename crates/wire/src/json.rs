//! AWS JSON 1.0 and 1.1: `X-Amz-Target` names the operation, the body is its input.

pub(crate) mod fault;
pub(crate) mod read;
pub(crate) mod write;

const CONTENT_TYPE_10: &str = "application/x-amz-json-1.0";
const CONTENT_TYPE_11: &str = "application/x-amz-json-1.1";
