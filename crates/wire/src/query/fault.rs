//! Writing Query faults.

use super::CONTENT_TYPE;
use crate::reply::REQUEST_ID;
use crate::xml::{escape, text_element};
use crate::{Fault, Reply};

/// `<ErrorResponse><Error>…</Error><RequestId>…`.
pub(crate) fn reply(namespace: &str, fault: &Fault, request_id: &str) -> Reply {
    let mut out = String::with_capacity(512);
    out.push_str("<ErrorResponse xmlns=\"");
    escape(&mut out, namespace);
    out.push_str("\"><Error>");
    text_element(&mut out, "Type", if fault.status < 500 { "Sender" } else { "Receiver" });
    text_element(&mut out, "Code", &fault.code);
    text_element(&mut out, "Message", &fault.message);
    out.push_str("</Error>");
    text_element(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>");
    Reply::document(fault.status, CONTENT_TYPE, out).with(REQUEST_ID, request_id)
}
