//! ARNs, in and out. The engine names every table in a region and account of its own.

use serde_json::Value;
use vocab::{AccountId, Region};

use crate::error::Error;

/// The request as the engine reads it.
pub(super) fn to_engine(operation: &str, mut document: Value, account: AccountId, region: &Region) -> Value {
    if names_arns(operation) {
        rewrite(&mut document, &ours(account, region), ENGINES);
    }
    document
}

/// The answer as the caller reads it.
pub(super) fn from_engine(operation: &str, mut answer: Value, account: AccountId, region: &Region) -> Value {
    if names_arns(operation) {
        rewrite(&mut answer, ENGINES, &ours(account, region));
    }
    if operation == "GetRecords" {
        let records = answer.get_mut("Records").and_then(Value::as_array_mut);
        for place in records.into_iter().flatten().filter_map(|record| record.get_mut("awsRegion")) {
            *place = region.as_str().into();
        }
    }
    answer
}

/// The engine's words as the caller reads them.
pub(super) fn in_error(error: Error, account: AccountId, region: &Region) -> Error {
    match error {
        Error::Engine(mut refused) => {
            refused.message = refused.message.replace(ENGINES, &ours(account, region));
            Error::Engine(refused)
        }
        other => other,
    }
}

/// Operations on items hold no ARN of ours: what users keep is left alone.
fn names_arns(operation: &str) -> bool {
    let kinds = ["Table", "Tables", "Resource", "Stream", "Streams", "ShardIterator"];
    kinds.iter().any(|kind| operation.ends_with(kind))
}

fn ours(account: AccountId, region: &Region) -> String {
    format!("arn:aws:dynamodb:{region}:{account}:")
}

fn rewrite(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if ARNS.contains(&name.as_str()) => {
                        if let Some(rest) = text.strip_prefix(from) {
                            *text = format!("{to}{rest}");
                        }
                    }
                    other => rewrite(other, from, to),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rewrite(value, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// How the engine's ARNs begin.
pub(super) const ENGINES: &str = "arn:aws:dynamodb:dynoxide:000000000000:";

const ARNS: [&str; 7] = [
    "TableArn",
    "IndexArn",
    "LatestStreamArn",
    "StreamArn",
    "ResourceArn",
    "LastEvaluatedStreamArn",
    "ExclusiveStartStreamArn",
];
