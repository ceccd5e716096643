//! Writing JSON answers.

use http::HeaderName;
use serde::Serialize;

use super::{CONTENT_TYPE_10, CONTENT_TYPE_11};
use crate::reply::REQUEST_ID;
use crate::tree::{Node, to_node};
use crate::{Reply, Unwritable};

/// AWS JSON 1.1: absent members are left out, no output is an empty body.
pub(crate) fn members<T: Serialize + ?Sized>(request_id: &str, output: &T) -> Result<Reply, Unwritable> {
    let body = match to_node(output)? {
        Node::Null => Vec::new(),
        node => json(&node)?,
    };
    Ok(Reply::document(200, CONTENT_TYPE_11, body).with(REQUEST_ID, request_id))
}

/// AWS JSON 1.0: the document as it is, with its checksum.
pub(crate) fn document<T: Serialize + ?Sized>(request_id: &str, output: &T) -> Result<Reply, Unwritable> {
    Ok(summed(200, json(output)?).with(REQUEST_ID, request_id))
}

/// An AWS JSON 1.0 reply with its checksum.
pub(super) fn summed(status: u16, body: Vec<u8>) -> Reply {
    let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &body);
    Reply::document(status, CONTENT_TYPE_10, body).with(CRC32, &sum.to_string())
}

pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Unwritable> {
    serde_json::to_vec(value).map_err(|error| Unwritable(error.to_string()))
}

const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
