//! What decisions rest on, from an engine's descriptions of its tables.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use upstream::Asker;

use super::exchange::Exchange;
use crate::backend::Schema;
use crate::error::{Error, Refused};

/// A table, as the engine described it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) schema: Arc<Schema>,
    /// The engine's ARN of the table.
    pub(super) arn: String,
    /// The engine's ARN of its newest stream.
    pub(super) stream_arn: Option<String>,
    read: Instant,
}

/// The descriptions that are not too old. Tables that do not exist are not remembered: anybody can think of many.
#[derive(Debug)]
pub(super) struct Described {
    tables: Mutex<HashMap<String, Slot>>,
    oldest: Duration,
}

/// One reading at a time; who comes while it runs waits for it.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Known>>>>;

impl Default for Described {
    fn default() -> Self {
        Self::within(OLDEST)
    }
}

impl Described {
    /// Descriptions that are used for so long.
    pub(super) fn within(oldest: Duration) -> Self {
        Self { tables: Mutex::default(), oldest }
    }

    /// A table by the engine's name. `None`: there is no such table.
    pub(super) async fn table(&self, exchange: &Exchange, name: &str) -> Result<Option<Arc<Known>>, Error> {
        let slot = self.slot(name);
        let mut known = slot.lock().await;
        if let Some(fresh) = known.as_ref().filter(|known| known.read.elapsed() < self.oldest) {
            return Ok(Some(fresh.clone()));
        }
        *known = None;
        // Others may wait for it: it takes nothing of the share of the one who came first.
        match Asker::new(EVERYBODY).asks(read(exchange, name)).await {
            Ok(Some(found)) => {
                let found = Arc::new(found);
                *known = Some(found.clone());
                Ok(Some(found))
            }
            other => {
                self.forget(name);
                other.map(|_| None)
            }
        }
    }

    /// A table is, or may have been, changed.
    pub(super) fn forget(&self, name: &str) {
        self.tables.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).remove(name);
    }

    fn slot(&self, name: &str) -> Slot {
        let mut slots = self.tables.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if slots.len() >= MOST_TABLES && !slots.contains_key(name) {
            slots.clear();
        }
        slots.entry(name.to_owned()).or_default().clone()
    }
}

async fn read(exchange: &Exchange, name: &str) -> Result<Option<Known>, Error> {
    // Before the question: what is older than it is not newer than the answer.
    let read = Instant::now();
    let told = match exchange.ask("DescribeTable", &json!({ "TableName": name })).await {
        Ok(told) => told,
        Err(Error::Engine(refused)) if refused.code == "ResourceNotFoundException" => return Ok(None),
        Err(error) => return Err(not_read(name, error)),
    };
    let table = told.get("Table").ok_or_else(|| unreadable(name))?;
    let arn = table.get("TableArn").and_then(Value::as_str).ok_or_else(|| unreadable(name))?.to_owned();
    let mut indexes = BTreeMap::new();
    for list in ["GlobalSecondaryIndexes", "LocalSecondaryIndexes"] {
        for index in table.get(list).and_then(Value::as_array).into_iter().flatten() {
            let index_name = index.get("IndexName").and_then(Value::as_str).ok_or_else(|| unreadable(name))?;
            indexes.insert(index_name.to_owned(), hash(name, index)?);
        }
    }
    let streams = table.pointer("/StreamSpecification/StreamEnabled").and_then(Value::as_bool) == Some(true);
    let text = |member| table.get(member).and_then(Value::as_str).filter(|_| streams).map(str::to_owned);
    let tags = tags(exchange, name, &arn).await?;
    let schema = Schema { hash: hash(name, table)?, indexes, stream_label: text("LatestStreamLabel"), tags };
    Ok(Some(Known { schema: Arc::new(schema), arn, stream_arn: text("LatestStreamArn"), read }))
}

/// The partition key attributes of a table or an index: there is at least one.
fn hash(table: &str, described: &Value) -> Result<Vec<String>, Error> {
    let elements = described.get("KeySchema").and_then(Value::as_array).into_iter().flatten();
    let hash = elements.filter(|element| element.get("KeyType").and_then(Value::as_str) == Some("HASH"));
    let names = hash.map(|element| element.get("AttributeName").and_then(Value::as_str).map(str::to_owned));
    names.collect::<Option<Vec<String>>>().filter(|names| !names.is_empty()).ok_or_else(|| unreadable(table))
}

/// A tag that cannot be read fails the request: a denial may rest on it. An engine that does not know the operation has
/// no tags.
async fn tags(exchange: &Exchange, name: &str, arn: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    let mut request = json!({ "ResourceArn": arn });
    for _ in 0..MOST_PAGES {
        let page = match exchange.ask("ListTagsOfResource", &request).await {
            Ok(page) => page,
            Err(Error::Engine(refused)) if is_unknown(&refused) => return Ok(BTreeMap::new()),
            Err(error) => return Err(not_read(name, error)),
        };
        for tag in page.get("Tags").and_then(Value::as_array).into_iter().flatten() {
            let text = |member| tag.get(member).and_then(Value::as_str).map(str::to_owned);
            let (key, value) = text("Key").zip(text("Value")).ok_or_else(|| unreadable(name))?;
            tags.insert(key, value);
        }
        match page.get("NextToken").filter(|token| !token.is_null()) {
            None => return Ok(tags),
            Some(token) => request = json!({ "ResourceArn": arn, "NextToken": token }),
        }
    }
    Err(unreadable(name))
}

fn is_unknown(refused: &Refused) -> bool {
    matches!(refused.code.as_str(), "UnknownOperationException" | "UnsupportedOperation")
}

/// The caller asked for no description: why it failed is told to the log alone. Throttles are passed on.
fn not_read(table: &str, error: Error) -> Error {
    match error {
        Error::Engine(refused) if refused.is_throttle() => Error::Engine(refused),
        error => Error::internal(format!("table `{table}` could not be described: {error}")),
    }
}

fn unreadable(table: &str) -> Error {
    Error::internal(format!("the engine's description of table `{table}` cannot be read"))
}

/// How old a description may be that a decision rests on.
const OLDEST: Duration = Duration::from_secs(5);

/// Who asks for descriptions.
const EVERYBODY: &str = "everybody";

const MOST_TABLES: usize = 10_000;

/// A table has at most 50 tags.
const MOST_PAGES: usize = 10;
