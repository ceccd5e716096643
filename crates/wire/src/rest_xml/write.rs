//! Writing S3 answers.

use bytes::Bytes;
use http::header;
use serde::Serialize;

use super::{CONTENT_TYPE, DECLARATION, HOST_ID, REQUEST_ID, host_id};
use crate::rest::Route;
use crate::rest::spread::{Left, spread};
use crate::tree::{Node, to_node};
use crate::xml::{Lists, element_with, escape};
use crate::{Body, Reply, Unwritable};

pub(crate) fn reply<T: Serialize + ?Sized>(
    namespace: &str,
    request_id: &str,
    output: &T,
    route: Option<&Route>,
) -> Result<Reply, Unwritable> {
    let route = route.ok_or_else(|| Unwritable("a REST operation has a route".to_owned()))?;
    let mut reply = Reply::document(200, CONTENT_TYPE, Bytes::new())
        .with(REQUEST_ID, request_id)
        .with(HOST_ID, &host_id(request_id));
    // The type of an answer that is no document is the output's to say.
    let content_type = reply.headers.remove(header::CONTENT_TYPE);
    let left = spread(route, to_node(output)?, &mut reply)?;
    if let (Left::Document(..), Some(content_type)) = (&left, content_type) {
        reply.headers.entry(header::CONTENT_TYPE).or_insert(content_type);
    }
    reply.body = Body::Whole(match left {
        Left::Nothing => Bytes::new(),
        Left::Text(text) => text.into(),
        Left::Document(root, content) => document(namespace, root, &content).into(),
    });
    Ok(reply)
}

fn document(namespace: &str, root: &str, content: &Node) -> String {
    let mut attributes = String::from(" xmlns=\"");
    escape(&mut attributes, namespace);
    attributes.push('"');
    let mut out = String::with_capacity(1024);
    out.push_str(DECLARATION);
    element_with(&mut out, root, &attributes, content, Lists::Flat);
    out
}
