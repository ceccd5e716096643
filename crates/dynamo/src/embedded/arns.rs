//! ARNs, in and out. The engine names every table in a region and account of its own.

use serde_json::Value;
use vocab::{AccountId, Region};

/// The request as the engine reads it.
pub(super) fn to_engine(document: Value, account: AccountId, region: &Region) -> Value {
    rewritten(document, &ours(account, region), ENGINES)
}

/// The answer as the caller reads it.
pub(super) fn from_engine(answer: Value, account: AccountId, region: &Region) -> Value {
    rewritten(answer, ENGINES, &ours(account, region))
}

fn ours(account: AccountId, region: &Region) -> String {
    format!("arn:aws:dynamodb:{region}:{account}:")
}

/// Members that are ARNs by their name begin anew. What users keep is left alone.
fn rewritten(value: Value, from: &str, to: &str) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = match value {
                    Value::String(text) if ARNS.contains(&name.as_str()) => match text.strip_prefix(from) {
                        Some(rest) => Value::String(format!("{to}{rest}")),
                        None => Value::String(text),
                    },
                    kept if OF_USERS.contains(&name.as_str()) => kept,
                    other => rewritten(other, from, to),
                };
                (name, value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(|value| rewritten(value, from, to)).collect()),
        other => other,
    }
}

const ENGINES: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

const ARNS: [&str; 8] = [
    "TableArn",
    "IndexArn",
    "LatestStreamArn",
    "StreamArn",
    "ResourceArn",
    "LastEvaluatedStreamArn",
    "ExclusiveStartStreamArn",
    "eventSourceARN",
];

/// Items, keys and values.
const OF_USERS: [&str; 12] = [
    "Item",
    "Items",
    "Attributes",
    "Key",
    "Keys",
    "Responses",
    "UnprocessedItems",
    "UnprocessedKeys",
    "LastEvaluatedKey",
    "ExclusiveStartKey",
    "ExpressionAttributeValues",
    "dynamodb",
];
