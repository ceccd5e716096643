//! The keys and tags of a table, from what the engine keeps about it.

use std::collections::BTreeMap;

use dynoxide::Database;
use serde_json::{Value, json};

use super::arns::ENGINES;
use super::dispatch::{self, refused};
use crate::backend::Schema;
use crate::error::Error;

/// The keys and tags of a table. `None`: there is no such table.
pub(super) fn read(database: &Database, name: &str) -> Result<Option<Schema>, Error> {
    let Some(table) = database.get_table_metadata(name).map_err(refused)? else { return Ok(None) };
    let mut indexes = BTreeMap::new();
    for definitions in [&table.gsi_definitions, &table.lsi_definitions].into_iter().flatten() {
        let definitions: Value = serde_json::from_str(definitions).map_err(Error::internal)?;
        for index in definitions.as_array().into_iter().flatten() {
            if let Some(name) = index.get("IndexName").and_then(Value::as_str) {
                indexes.insert(name.to_owned(), hash_keys(index.get("KeySchema")));
            }
        }
    }
    let keys: Value = serde_json::from_str(&table.key_schema).map_err(Error::internal)?;
    let stream_label = table.stream_label.filter(|_| table.stream_enabled);
    Ok(Some(Schema { hash: hash_keys(Some(&keys)), indexes, stream_label, tags: tags(database, name)? }))
}

/// A tag that cannot be read fails the request: a denial may rest on it.
fn tags(database: &Database, table: &str) -> Result<BTreeMap<String, String>, Error> {
    let unreadable = || Error::internal(format!("the tags of table `{table}` cannot be read"));
    let named = json!({ "ResourceArn": format!("{ENGINES}table/{table}") });
    let told = dispatch::run(database, "ListTagsOfResource", named)?;
    let tags = told.get("Tags").and_then(Value::as_array).ok_or_else(unreadable)?;
    let text = |tag: &Value, member| tag.get(member).and_then(Value::as_str).map(str::to_owned);
    tags.iter().map(|tag| text(tag, "Key").zip(text(tag, "Value")).ok_or_else(unreadable)).collect()
}

fn hash_keys(schema: Option<&Value>) -> Vec<String> {
    let elements = schema.and_then(Value::as_array).into_iter().flatten();
    let hash = elements.filter(|element| element.get("KeyType").and_then(Value::as_str) == Some("HASH"));
    hash.filter_map(|element| element.get("AttributeName")?.as_str().map(str::to_owned)).collect()
}
