//! Writing S3 faults.

use bytes::Bytes;

use super::{CONTENT_TYPE, DECLARATION, HOST_ID, REQUEST_ID, host_id};
use crate::tree::to_node;
use crate::xml::{Lists, element, text_element};
use crate::{Fault, Reply};

/// `<Error>` with code, message, further members, resource and ids. `304 Not Modified` has no body.
pub(crate) fn reply(fault: &Fault, request_id: &str) -> Reply {
    let body = if fault.status == 304 { Bytes::new() } else { document(fault, request_id).into() };
    Reply::document(fault.status, CONTENT_TYPE, body).with(REQUEST_ID, request_id).with(HOST_ID, &host_id(request_id))
}

fn document(fault: &Fault, request_id: &str) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(DECLARATION);
    out.push_str("<Error>");
    text_element(&mut out, "Code", &fault.code);
    text_element(&mut out, "Message", &fault.message);
    for (name, value) in &fault.members {
        if let Ok(value) = to_node(value) {
            element(&mut out, name, &value, Lists::Flat);
        }
    }
    if let Some(resource) = &fault.resource {
        text_element(&mut out, "Resource", resource);
    }
    text_element(&mut out, "RequestId", request_id);
    text_element(&mut out, "HostId", &host_id(request_id));
    out.push_str("</Error>");
    out
}
