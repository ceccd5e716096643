//! One request to an engine, and its answer.

use async_trait::async_trait;
use serde_json::Value;

use super::fault;
use crate::error::{BoxError, Error};

/// How requests get to an engine: over connections that are signed, bounded and metered.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// Posts a document to the operation that `target` names. It may be sent again where it `repeats` without harm.
    async fn carry(&self, target: &str, body: Vec<u8>, repeats: bool) -> Result<Carried, BoxError>;
}

/// What came back.
#[derive(Debug)]
pub struct Carried {
    /// The HTTP status.
    pub status: u16,
    /// The CRC32 that the engine says the body has.
    pub crc32: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// The conversation with one engine.
pub struct Exchange(Box<dyn Carrier>);

impl Exchange {
    /// A conversation.
    pub fn new(carrier: impl Carrier + 'static) -> Self {
        Self(Box::new(carrier))
    }

    /// A question that changes nothing.
    pub(super) async fn ask(&self, operation: &str, request: &Value) -> Result<Value, Error> {
        self.send(operation, false, request).await
    }

    /// An operation.
    pub(super) async fn send(&self, operation: &str, writes: bool, request: &Value) -> Result<Value, Error> {
        let streams = ["ListStreams", "DescribeStream", "GetShardIterator", "GetRecords"].contains(&operation);
        let service = if streams { "DynamoDBStreams_20120810" } else { "DynamoDB_20120810" };
        let body = serde_json::to_vec(request).map_err(Error::internal)?;
        let carried = self.0.carry(&format!("{service}.{operation}"), body, !writes).await;
        let Carried { status, crc32, body } = carried.map_err(Error::Internal)?;
        if let Some(told) = crc32 {
            let sum = crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32IsoHdlc, &body);
            if told.parse() != Ok(sum) {
                return Err(Error::internal("the engine's answer does not have the checksum that it says"));
            }
        }
        fault::read(status, &body)
    }
}
