//! Reading documents of REST-JSON requests.

use crate::tree::Node;
use crate::{Malformed, json};

/// The tree of a document. The root has no name in JSON.
pub(crate) fn document(body: &[u8], _root: &str) -> Result<Node, Malformed> {
    json::read::members(body)
}
