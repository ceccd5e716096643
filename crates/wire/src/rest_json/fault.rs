//! Writing REST-JSON faults.

use super::CONTENT_TYPE;
use crate::json::fault::body;
use crate::reply::{ERROR_TYPE, REQUEST_ID};
use crate::{Fault, Reply};

/// The code is in a header, and in the body for those who look there.
pub(crate) fn reply(fault: &Fault, request_id: &str) -> Reply {
    Reply::document(fault.status, CONTENT_TYPE, body(&fault.code, fault))
        .with(REQUEST_ID, request_id)
        .with(ERROR_TYPE, &format!("{}:", fault.code))
}
