//! Writing REST-JSON answers.

use bytes::Bytes;
use serde::Serialize;

use super::CONTENT_TYPE;
use crate::json::write::json;
use crate::reply::REQUEST_ID;
use crate::rest::Route;
use crate::rest::spread::{Left, spread};
use crate::tree::to_node;
use crate::{Body, Reply, Unwritable};

pub(crate) fn reply<T: Serialize + ?Sized>(
    request_id: &str,
    output: &T,
    route: Option<&Route>,
) -> Result<Reply, Unwritable> {
    let route = route.ok_or_else(|| Unwritable("a REST operation has a route".to_owned()))?;
    let mut reply = Reply::document(200, CONTENT_TYPE, Bytes::new()).with(REQUEST_ID, request_id);
    let body = match spread(route, to_node(output)?, &mut reply)? {
        Left::Nothing => Vec::new(),
        Left::Document(_, content) => json(&content)?,
        Left::Text(text) => text.into_bytes(),
    };
    reply.body = Body::Whole(body.into());
    Ok(reply)
}
