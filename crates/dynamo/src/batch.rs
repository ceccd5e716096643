//! BatchGetItem and BatchWriteItem: one decision for each table, over all its keys.

use std::collections::BTreeSet;

use operation::Visit;
use serde_json::{Map, Value};

use crate::backend::Schema;
use crate::conditions::{Attributes, select_of_key_read, set_capacity};
use crate::document::{Members, members};
use crate::error::Error;
use crate::plan::{Facts, Plan, Refusal, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::{keys, table};

pub(crate) fn batch_get_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &GET)
}

pub(crate) fn batch_write_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &WRITE)
}

struct Kind {
    operation: &'static str,
    action: &'static str,
    writes: bool,
    members: &'static [&'static str],
    /// Works out the decision on the entries of one table.
    entries: fn(&mut Touch, &Value, Option<&Schema>, &mut Refusal) -> Result<(), Error>,
}

fn facts<'a>(visit: &'a Visit<Dynamo>, input: &'a Value, kind: &'static Kind) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(kind.operation));
        }
        let members = members(input, kind.members)?;
        let tables = members.required_map("RequestItems")?;
        if tables.is_empty() || tables.len() > MOST_TABLES {
            return Err(Error::validation(
                "1 validation error detected: Value at 'requestItems' failed to satisfy constraint: Member must have \
                 length less than or equal to 100, Member must have length greater than or equal to 1",
            ));
        }
        let mut plan = Plan::new(kind.operation, kind.writes);
        let mut names = BTreeSet::new();
        for (given, entries) in tables {
            let name = table::name(given, &visit.place)?;
            if !names.insert(name) {
                return Err(Error::validation(format!("`{name}` is given more than once")));
            }
            let schema = schema(visit, &mut plan, name).await?;
            let mut touch = Touch::new(kind.action, table::arn(&visit.place, name));
            (kind.entries)(&mut touch, entries, schema.as_deref(), &mut plan.refusal)?;
            set_capacity(&mut touch, members, &mut plan.refusal);
            plan.touches.push(touch);
        }
        let renamed = tables.keys().any(|given| !names.contains(given.as_str()));
        plan.rewritten = renamed.then(|| with_names(visit, input, tables)).transpose()?;
        Ok(plan)
    })
}

/// `Keys` of one table.
fn get(touch: &mut Touch, entries: &Value, schema: Option<&Schema>, refusal: &mut Refusal) -> Result<(), Error> {
    let entries = members(entries, GET_ENTRIES)?;
    let mut attributes = Attributes::default();
    let mut leading = Vec::new();
    for key in entries.list("Keys")? {
        let key = item(key)?;
        attributes.add_map(Some(key));
        leading.extend(keys::of_item(schema, key, refusal));
    }
    keys::set_leading(touch, &leading);
    refusal.note(attributes.add_expressions(entries));
    touch.context.set("dynamodb:Select", select_of_key_read(entries));
    std::mem::take(&mut attributes).set(touch);
    Ok(())
}

/// Puts and deletes in one table.
fn write(touch: &mut Touch, entries: &Value, schema: Option<&Schema>, refusal: &mut Refusal) -> Result<(), Error> {
    let entries = entries.as_array().ok_or_else(|| Error::Serialization("expected a list of writes".to_owned()))?;
    let mut attributes = Attributes::default();
    let mut leading = Vec::new();
    for entry in entries {
        let entry = members(entry, &["PutRequest", "DeleteRequest"])?;
        let (request, keyed_by) = match (entry.get("PutRequest"), entry.get("DeleteRequest")) {
            (Some(put), None) => (put, "Item"),
            (None, Some(delete)) => (delete, "Key"),
            _ => {
                return Err(Error::validation(
                    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported \
                     datatypes",
                ));
            }
        };
        let keyed = members(request, &[keyed_by])?.required_map(keyed_by)?;
        attributes.add_map(Some(keyed));
        leading.extend(keys::of_item(schema, keyed, refusal));
    }
    keys::set_leading(touch, &leading);
    attributes.set(touch);
    Ok(())
}

fn item(value: &Value) -> Result<&Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| Error::Serialization("expected a key".to_owned()))
}

/// The request with plain table names, where it gave ARNs.
fn with_names(visit: &Visit<Dynamo>, input: &Value, tables: &Map<String, Value>) -> Result<Value, Error> {
    let named = tables.iter().map(|(given, entries)| {
        let name = table::name(given, &visit.place)?;
        Ok((name.to_owned(), entries.clone()))
    });
    let named: Result<Map<String, Value>, Error> = named.collect();
    let named = Value::Object(named?);
    let others = Members(input.as_object().ok_or_else(|| Error::Serialization("expected an object".to_owned()))?);
    let others = others.0.iter().filter(|(name, _)| *name != "RequestItems");
    let mut rewritten: Map<String, Value> = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    rewritten.insert("RequestItems".to_owned(), named);
    Ok(Value::Object(rewritten))
}

const GET: Kind = Kind {
    operation: "BatchGetItem",
    action: "dynamodb:BatchGetItem",
    writes: false,
    members: &["RequestItems", "ReturnConsumedCapacity"],
    entries: get,
};

const WRITE: Kind = Kind {
    operation: "BatchWriteItem",
    action: "dynamodb:BatchWriteItem",
    writes: true,
    members: &["RequestItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics"],
    entries: write,
};

const GET_ENTRIES: &[&str] =
    &["Keys", "AttributesToGet", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"];

/// A batch has at most a hundred keys, so it has no more tables.
const MOST_TABLES: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Entries = fn(&mut Touch, &Value, Option<&Schema>, &mut Refusal) -> Result<(), Error>;

    fn leading(entries: Entries, request: &Value) -> Result<(Vec<String>, Option<String>), Error> {
        let schema = Schema { hash: vec!["player".to_owned()], ..Schema::default() };
        let mut touch = Touch::new("dynamodb:BatchGetItem", String::new());
        let mut refusal = Refusal::default();
        entries(&mut touch, request, Some(&schema), &mut refusal)?;
        let texts = touch.context.get("dynamodb:LeadingKeys").unwrap().texts().map(str::to_owned).collect();
        Ok((texts, refusal.told()))
    }

    #[test]
    fn every_key_of_a_table_counts() {
        let request = json!({ "Keys": [{ "player": { "S": "me" } }, { "player": { "S": "other" } }, { "player": { "S": "me" } }] });
        assert_eq!(leading(get, &request).unwrap(), (vec!["me".to_owned(), "other".to_owned()], None));
        let request = json!([
            { "PutRequest": { "Item": { "player": { "S": "me" }, "x": { "S": "y" } } } },
            { "DeleteRequest": { "Key": { "player": { "S": "other" } } } },
        ]);
        assert_eq!(leading(write, &request).unwrap(), (vec!["me".to_owned(), "other".to_owned()], None));
    }

    #[test]
    fn an_entry_that_is_not_understood_refuses_the_batch() {
        for request in [
            json!([{ "PutRequest": { "Item": {} } }]),
            json!([{ "PutRequest": { "Item": { "player": { "S": "me" } } }, "DeleteRequest": { "Key": { "player": { "S": "other" } } } }]),
            json!([{ "PutRequest": { "Item": { "player": { "S": "me" } }, "Key": { "player": { "S": "other" } } } }]),
            json!([{ "putRequest": { "Item": { "player": { "S": "me" } } } }]),
            json!([{}]),
            json!([7]),
            json!({}),
        ] {
            let refused = leading(write, &request).map_or(true, |(_, refused)| refused.is_some());
            assert!(refused, "{request}");
        }
        for request in [json!({ "Keys": [{}] }), json!({ "Keys": [7] }), json!({ "keys": [] }), json!([])] {
            let refused = leading(get, &request).map_or(true, |(_, refused)| refused.is_some());
            assert!(refused, "{request}");
        }
    }

    #[test]
    fn a_batch_without_keys_is_nobodys() {
        assert_eq!(leading(get, &json!({})).unwrap().0, ["\u{1}unknown\u{1}"]);
        assert_eq!(leading(write, &json!([])).unwrap().0, ["\u{1}unknown\u{1}"]);
    }
}
