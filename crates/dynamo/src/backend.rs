//! What keeps tables and items: an engine of our own process, or one behind the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use vocab::{AccountId, Region};

use crate::error::Error;

/// An engine. It carries out what was decided; it decides nothing.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The keys and tags of a table. `None`: there is no such table.
    async fn schema(&self, account: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error>;

    /// Carries out an order whose schemas still hold, and answers once what it wrote, and what it could
    /// have seen, is durable. Errs with [`Error::Busy`] where a schema has changed: nothing was done then.
    async fn execute(&self, order: Order) -> Result<Value, Error>;
}

/// One call, as it was decided.
#[derive(Debug)]
pub struct Order {
    /// Whose tables.
    pub account: AccountId,
    /// The region of ARNs.
    pub region: Region,
    /// The operation's name.
    pub operation: &'static str,
    /// Whether it can change anything.
    pub writes: bool,
    /// The request.
    pub document: Value,
    /// The tables that were looked at, with the keys and tags that the decision rests on.
    pub relies_on: Vec<(String, Option<Arc<Schema>>)>,
}

/// What decisions on a table rest on: the keys of the table and of its indexes, and its tags.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schema {
    /// The table's partition key attributes: one.
    pub hash: Vec<String>,
    /// The partition key attributes of each index, in order.
    pub indexes: BTreeMap<String, Vec<String>>,
    /// The label of the table's newest stream.
    pub stream_label: Option<String>,
    /// The table's tags.
    pub tags: BTreeMap<String, String>,
}

impl Schema {
    /// The partition key attributes of the table, or of one of its indexes; `None`: no such index.
    pub fn hash_of(&self, index: Option<&str>) -> Option<&[String]> {
        match index {
            None => Some(&self.hash),
            Some(index) => self.indexes.get(index).map(Vec::as_slice),
        }
    }
}
