//! What keeps tables and items: an engine of our own process, or one behind the network.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use operation::Place;
use serde_json::{Map, Value};
use vocab::{AccountId, Region};

use crate::error::Error;
use crate::upstream::listing;

/// An engine. It carries out what was decided; it decides nothing.
#[async_trait]
pub trait Backend: Send + Sync {
    /// The keys and tags of a table. `None`: there is no such table.
    async fn schema(&self, account: AccountId, table: &str) -> Result<Option<Arc<Schema>>, Error>;

    /// Carries out an order whose schemas still hold, and answers once what it wrote, and what it could
    /// have seen, is durable. Errs with [`Error::Busy`] where a schema has changed: nothing was done then.
    async fn execute(&self, order: Order) -> Result<Value, Error>;

    /// Every entry of a listing, whatever page of it the order asks for.
    async fn listed(&self, order: &Order) -> Result<Vec<Value>, Error> {
        let listing = listing::of(order.operation).ok_or_else(|| Error::internal("no listing"))?;
        let (mut entries, mut request) = (Vec::new(), Map::new());
        for _ in 0..MOST_PAGES {
            let document = Value::Object(request.clone());
            let mut page = self.execute(Order { document, ..order.clone() }).await?;
            if let Some(Value::Array(found)) = page.get_mut(listing.list) {
                entries.append(found);
            }
            let end = page.get_mut(listing.end).map(Value::take).filter(|end| !end.is_null());
            let Some(end) = end else { return Ok(entries) };
            request.insert(listing.start.to_owned(), end);
        }
        Err(Error::internal("an engine has too many tables to list"))
    }
}

/// Of a hundred entries each.
pub(crate) const MOST_PAGES: usize = 100;

/// One call, as it was decided.
#[derive(Debug, Clone)]
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

impl Order {
    /// The place of ARNs.
    pub(crate) fn place(&self) -> Place {
        Place { account: self.account, region: self.region.clone() }
    }

    /// Our names of the tables that it touches: those that were looked at, and the one that is to be made.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &str> {
        let named = self.document.get("TableName").and_then(Value::as_str);
        let looked_at = self.relies_on.iter().map(|(table, _)| table.as_str());
        looked_at.chain(named.filter(|_| self.relies_on.is_empty()))
    }

    /// Whether it changes tables or their tags, and so what decisions rest on.
    pub(crate) fn changes_tables(&self) -> bool {
        changes_tables(self.operation)
    }
}

/// Whether an operation changes tables or their tags, and so what decisions rest on.
pub(crate) fn changes_tables(operation: &str) -> bool {
    matches!(operation, "CreateTable" | "DeleteTable" | "UpdateTable" | "TagResource" | "UntagResource")
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
