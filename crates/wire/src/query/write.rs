//! Writing Query answers.

use serde::Serialize;

use super::CONTENT_TYPE;
use crate::reply::REQUEST_ID;
use crate::tree::{Node, to_node};
use crate::xml::{Lists, content, escape, text_element};
use crate::{Reply, Unwritable};

/// `<OpResponse><OpResult>…</OpResult><ResponseMetadata>…`.
pub(crate) fn reply<T: Serialize + ?Sized>(
    namespace: &str,
    operation: &str,
    request_id: &str,
    output: &T,
) -> Result<Reply, Unwritable> {
    let output = to_node(output)?;
    let mut out = String::with_capacity(1024);
    out.push_str(&format!("<{operation}Response xmlns=\""));
    escape(&mut out, namespace);
    out.push_str("\">");
    if output != Node::Null {
        out.push_str(&format!("<{operation}Result>"));
        content(&mut out, &output, Lists::Wrapped);
        out.push_str(&format!("</{operation}Result>"));
    }
    out.push_str("<ResponseMetadata>");
    text_element(&mut out, "RequestId", request_id);
    out.push_str(&format!("</ResponseMetadata></{operation}Response>"));
    Ok(Reply::document(200, CONTENT_TYPE, out).with(REQUEST_ID, request_id))
}
