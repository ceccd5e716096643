//! From an operation's name to the engine's function.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::unreadable::unreadable;
use crate::error::{Error, Refused};

/// Carries an operation out.
pub(crate) fn run(database: &Database, operation: &str, document: Value) -> Result<Value, Error> {
    let db = database;
    match operation {
        "GetItem" => call(operation, document, |request| db.get_item(request)),
        "PutItem" => call(operation, document, |request| db.put_item(request)),
        "UpdateItem" => call(operation, document, |request| db.update_item(request)),
        "DeleteItem" => call(operation, document, |request| db.delete_item(request)),
        "Query" => call(operation, document, |request| db.query(request)),
        "Scan" => call(operation, document, |request| db.scan(request)),
        "SearchVectors" => call(operation, document, |request| db.search_vectors(request)),
        "BatchGetItem" => call(operation, document, |request| db.batch_get_item(request)),
        "BatchWriteItem" => call(operation, document, |request| db.batch_write_item(request)),
        "TransactGetItems" => call(operation, document, |request| db.transact_get_items(request)),
        "TransactWriteItems" => call(operation, document, |request| db.transact_write_items(request)),
        "ExecuteStatement" => call(operation, document, |request| db.execute_statement(request)),
        "BatchExecuteStatement" => call(operation, document, |request| db.batch_execute_statement(request)),
        "ExecuteTransaction" => call(operation, document, |request| db.execute_transaction(request)),
        "CreateTable" => call(operation, document, |request| db.create_table(request)),
        "DeleteTable" => call(operation, document, |request| db.delete_table(request)),
        "DescribeTable" => call(operation, document, |request| db.describe_table(request)),
        "UpdateTable" => call(operation, document, |request| db.update_table(request)),
        "ListTables" => call(operation, document, |request| db.list_tables(request)),
        "DescribeContinuousBackups" => continuous_backups(db, document),
        "UpdateTimeToLive" => call(operation, document, |request| db.update_time_to_live(request)),
        "DescribeTimeToLive" => call(operation, document, |request| db.describe_time_to_live(request)),
        "TagResource" => call(operation, document, |request| db.tag_resource(request)),
        "UntagResource" => call(operation, document, |request| db.untag_resource(request)),
        "ListTagsOfResource" => call(operation, document, |request| db.list_tags_of_resource(request)),
        "ListStreams" => call(operation, document, |request| db.list_streams(request)),
        "DescribeStream" => call(operation, document, |request| db.describe_stream(request)),
        "GetShardIterator" => call(operation, document, |request| db.get_shard_iterator(request)),
        "GetRecords" => call(operation, document, |request| db.get_records(request)),
        #[cfg(test)]
        PANICS => panic!("as the engine might"),
        _ => Err(Error::internal(format!("`{operation}` has no function of the engine"))),
    }
}

fn call<Q: DeserializeOwned, R: Serialize>(
    operation: &str,
    document: Value,
    function: impl FnOnce(Q) -> Result<R, DynoxideError>,
) -> Result<Value, Error> {
    let request = serde_json::from_value(document).map_err(|error| unreadable(operation, &error.to_string()))?;
    let answer = function(request).map_err(refused)?;
    serde_json::to_value(answer).map_err(Error::internal)
}

/// There are none, of any table. Tools ask, and take an unknown operation for a failure.
fn continuous_backups(database: &Database, document: Value) -> Result<Value, Error> {
    let table = document.get("TableName").and_then(Value::as_str).unwrap_or_default();
    if database.get_table_metadata(table).map_err(refused)?.is_none() {
        return Err(Error::Engine(Box::new(Refused {
            code: "TableNotFoundException".to_owned(),
            status: 400,
            message: format!("Table not found: {table}"),
            members: serde_json::Map::new(),
        })));
    }
    Ok(json!({ "ContinuousBackupsDescription": {
        "ContinuousBackupsStatus": "DISABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": "DISABLED" },
    } }))
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

/// An operation of the tests.
#[cfg(test)]
pub(super) const PANICS: &str = "Panics";
