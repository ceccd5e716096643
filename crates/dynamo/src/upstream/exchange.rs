//! One request to an engine, and its answer.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};

use super::fault;
use crate::error::Error;

/// How requests get to an engine: over connections that are signed, bounded and metered.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Posts a document to the operation that `target` names. It may be sent again where it `repeats` without harm.
    async fn carry(&self, target: &str, body: Vec<u8>, repeats: bool) -> Result<Carried, Error>;
}

/// What came back.
#[derive(Debug)]
pub struct Carried {
    /// The HTTP status.
    pub status: u16,
    /// The CRC32 that the engine says the body has.
    pub crc32: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// The conversation with one engine.
pub struct Exchange {
    carrier: Box<dyn Carrier>,
    /// Where streams are served, if elsewhere.
    streams: Option<Box<dyn Carrier>>,
}

impl Exchange {
    /// A conversation.
    pub fn new(carrier: impl Carrier + 'static) -> Self {
        Self { carrier: Box::new(carrier), streams: None }
    }

    /// The same, with streams that are served elsewhere.
    pub fn with_streams(self, carrier: impl Carrier + 'static) -> Self {
        Self { streams: Some(Box::new(carrier)), ..self }
    }

    /// A question that changes nothing.
    pub(super) async fn ask(&self, operation: &str, request: &Value) -> Result<Value, Error> {
        self.send(operation, false, request).await
    }

    /// An operation.
    pub(super) async fn send(&self, operation: &str, writes: bool, request: &Value) -> Result<Value, Error> {
        let streams = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"].contains(&operation);
        let (service, carrier) = match &self.streams {
            Some(elsewhere) if streams => (STREAMS, elsewhere),
            None if streams => (STREAMS, &self.carrier),
            Some(_) | None => (ITEMS, &self.carrier),
        };
        let body = serde_json::to_vec(request).map_err(Error::internal)?;
        let carried = carrier.carry(&format!("{service}.{operation}"), body, !writes).await;
        let Carried { status, crc32, body } = carried?;
        if let Some(told) = crc32 {
            let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &body);
            if told.parse() != Ok(sum) {
                return Err(Error::internal("the engine's answer does not have the checksum that it says"));
            }
        }
        // These two have no output: some say nothing at all, some an empty text.
        let is_nothing = body.is_empty() || body == "\"\"";
        let is_done = status == 200 && is_nothing && matches!(operation, "TagResource" | "UntagResource");
        if is_done { Ok(json!({})) } else { fault::read(status, &body) }
    }
}

const ITEMS: &str = "DynamoDB_20120810";
const STREAMS: &str = "DynamoDBStreams_20120810";
