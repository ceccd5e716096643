//! From an operation's name to the engine's function.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, Refused};

/// Whether the operation changes tables, and so what decisions rest on.
pub(super) fn changes_tables(operation: &str) -> bool {
    matches!(operation, "CreateTable" | "DeleteTable" | "UpdateTable")
}

/// Carries an operation out.
pub(super) fn run(database: &Database, operation: &str, document: Value) -> Result<Value, Error> {
    let db = database;
    match operation {
        "GetItem" => call(document, |request| db.get_item(request)),
        "PutItem" => call(document, |request| db.put_item(request)),
        "UpdateItem" => call(document, |request| db.update_item(request)),
        "DeleteItem" => call(document, |request| db.delete_item(request)),
        "Query" => call(document, |request| db.query(request)),
        "Scan" => call(document, |request| db.scan(request)),
        "BatchGetItem" => call(document, |request| db.batch_get_item(request)),
        "BatchWriteItem" => call(document, |request| db.batch_write_item(request)),
        "TransactGetItems" => call(document, |request| db.transact_get_items(request)),
        "TransactWriteItems" => call(document, |request| db.transact_write_items(request)),
        "ExecuteStatement" => call(document, |request| db.execute_statement(request)),
        "BatchExecuteStatement" => call(document, |request| db.batch_execute_statement(request)),
        "ExecuteTransaction" => call(document, |request| db.execute_transaction(request)),
        "CreateTable" => call(document, |request| db.create_table(request)),
        "DeleteTable" => call(document, |request| db.delete_table(request)),
        "DescribeTable" => call(document, |request| db.describe_table(request)),
        "UpdateTable" => call(document, |request| db.update_table(request)),
        "ListTables" => call(document, |request| db.list_tables(request)),
        "UpdateTimeToLive" => call(document, |request| db.update_time_to_live(request)),
        "DescribeTimeToLive" => call(document, |request| db.describe_time_to_live(request)),
        "TagResource" => call(document, |request| db.tag_resource(request)),
        "UntagResource" => call(document, |request| db.untag_resource(request)),
        "ListTagsOfResource" => call(document, |request| db.list_tags_of_resource(request)),
        "ListStreams" => call(document, |request| db.list_streams(request)),
        "DescribeStream" => call(document, |request| db.describe_stream(request)),
        "GetShardIterator" => call(document, |request| db.get_shard_iterator(request)),
        "GetRecords" => call(document, |request| db.get_records(request)),
        _ => Err(Error::internal(format!("`{operation}` has no function of the engine"))),
    }
}

fn call<Q: DeserializeOwned, R: Serialize>(
    document: Value,
    function: impl FnOnce(Q) -> Result<R, DynoxideError>,
) -> Result<Value, Error> {
    let request = serde_json::from_value(document).map_err(|error| unreadable(&error.to_string()))?;
    let answer = function(request).map_err(refused)?;
    serde_json::to_value(answer).map_err(Error::internal)
}

/// The engine marks why a request cannot be read.
fn unreadable(text: &str) -> Error {
    match (
        text.strip_prefix("VALIDATION:"),
        text.strip_prefix("VALIDATION_REQUEST:"),
        text.strip_prefix("SERIALIZATION:"),
    ) {
        (Some(text), _, _) => Error::validation(text),
        (_, Some(text), _) => Error::validation(format!("1 validation error detected: {text}")),
        (_, _, Some(text)) => Error::Serialization(text.to_owned()),
        (None, None, None) if text.contains("invalid type") && !text.contains("null") => {
            Error::Serialization(text.to_owned())
        }
        (None, None, None) => Error::validation(text),
    }
}

/// The engine's refusal in DynamoDB's terms; what is our fault stays with us.
pub(super) fn refused(error: DynoxideError) -> Error {
    let status = error.status_code();
    if status >= 500 && status != 501 {
        return Error::internal(error.to_string());
    }
    let body: Value = serde_json::from_str(&error.to_json()).unwrap_or_default();
    let mut members = body.as_object().cloned().unwrap_or_default();
    let code = members.remove("__type").and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    members.retain(|name, _| name != "message" && name != "Message");
    Error::Engine(Box::new(Refused { code, status, message: error.to_string(), members }))
}
