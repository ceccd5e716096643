//! The way to an engine: a server that the operator configured.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method};
use upstream::{Request, Server};

use super::exchange::{Carried, Carrier};
use crate::error::Error;

#[async_trait]
impl Carrier for Arc<Server> {
    async fn carry(&self, target: &str, body: Vec<u8>, repeats: bool) -> Result<Carried, Error> {
        let target = HeaderValue::from_str(target).map_err(Error::internal)?;
        let request = Request::new(Method::POST, "/")
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"))
            .header(TARGET, target)
            .body(Bytes::from(body).into());
        let answer = self.call(if repeats { request.repeats() } else { request }).await.map_err(failure)?;
        let status = answer.status.as_u16();
        let crc32 = answer.headers.get(CRC32).and_then(|sum| sum.to_str().ok()).map(str::to_owned);
        let body = answer.whole(LONGEST).await.map_err(|error| match error {
            upstream::Error::Crowded { .. } if repeats => {
                Error::Busy("Too many long answers come from the engine. Please try again.")
            }
            other => failure(other),
        })?;
        Ok(Carried { status, crc32, body })
    }
}

fn failure(error: upstream::Error) -> Error {
    match error {
        upstream::Error::Busy { .. } => Error::Busy("Too many requests wait for the engine. Please try again."),
        other => Error::internal(other),
    }
}

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// A batch has at most 16 MB of items; JSON may take twice as much.
const LONGEST: usize = 40 << 20;
