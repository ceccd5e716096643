//! Writing JSON faults.

use http::HeaderName;
use serde::Serializer;
use serde_json::Value;

use super::{CONTENT_TYPE_11, write};
use crate::reply::{ERROR_TYPE, REQUEST_ID};
use crate::{Fault, Reply};

/// AWS JSON 1.1: the bare code in the body, code and message in headers as well.
pub(crate) fn reply11(fault: &Fault, request_id: &str) -> Reply {
    Reply::document(fault.status, CONTENT_TYPE_11, body(&fault.code, fault))
        .with(REQUEST_ID, request_id)
        .with(ERROR_TYPE, &format!("{}:", fault.code))
        .with(ERROR_MESSAGE, &fault.message)
}

/// AWS JSON 1.0: the code with the namespace that defines it.
pub(crate) fn reply10(service: &str, fault: &Fault, request_id: &str) -> Reply {
    let namespace = match fault.code.as_ref() {
        "ValidationException" => "com.amazon.coral.validate",
        code if COMMON.contains(&code) => "com.amazon.coral.service",
        _ => service,
    };
    write::summed(fault.status, body(&format!("{namespace}#{}", fault.code), fault)).with(REQUEST_ID, request_id)
}

/// `{"__type":…,"message":…}` and the fault's own members. Denials spell `Message`.
pub(crate) fn body(code: &str, fault: &Fault) -> Vec<u8> {
    let message = if fault.code == "AccessDeniedException" { "Message" } else { "message" };
    let (code, words) = (Value::from(code), Value::from(fault.message.as_str()));
    let members = fault.members.iter().map(|(name, value)| (name.as_str(), value));
    let mut body = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut body);
    match writer.collect_map([("__type", &code), (message, &words)].into_iter().chain(members)) {
        Ok(()) => body,
        // Names and values are JSON already, and memory takes any number of bytes.
        Err(_) => Vec::new(),
    }
}

/// Errors that every service of the protocol has.
const COMMON: &[&str] = &[
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "SerializationException",
    "UnknownOperationException",
    "UnrecognizedClientException",
];

const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-amzn-errormessage");
