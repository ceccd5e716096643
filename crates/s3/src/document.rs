//! XML documents whose bytes are checked before they are read.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use wire::rest::{Content, Route};
use wire::{Protocol, Request};

use crate::Error;
use crate::incoming::{Promise, check_document};

/// Reads a document whose root has the name of `content`. Errs where it is not what was promised, or
/// not well formed.
pub fn read<T: DeserializeOwned>(text: Option<&str>, content: Content, promise: &Promise<'_>) -> Result<T, Error> {
    let text = text.unwrap_or_default();
    check_document(text.as_bytes(), promise)?;
    if text.is_empty() {
        return Err(Error::MalformedXml);
    }
    let body = Bytes::copy_from_slice(text.as_bytes());
    let route = [Route { body: content, ..Route::new(NAME, "PUT", "/document") }];
    let headers = HeaderMap::new();
    let request = Request { method: &Method::PUT, path: "/document", query: "", headers: &headers, body: &body };
    let protocol = Protocol::RestXml { namespace: "" };
    Ok(protocol.read(&request, &route)?.input.parse()?)
}

/// No operation: the reader wants a route.
const NAME: &str = "document";
