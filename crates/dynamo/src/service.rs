//! The table of the operations. Adding one: its line here, its facts in its family's file, the engine's
//! side in `embedded/dispatch.rs`, its row in COMPATIBILITY.md.

use std::sync::Arc;

use operation::Service;
use wire::Protocol;

use crate::plan::access;
use crate::run::{Dynamo, run};
use crate::{batch, control, items, query, scan, statements, streams as stream, transactions, vectors};

/// DynamoDB.
pub fn service(state: Arc<Dynamo>) -> Service {
    let protocol = Protocol::Json10 { target: "DynamoDB_20120810", errors: NAMESPACE };
    Service::of(SIGNING_NAME, protocol, state)
        .add_with("GetItem", items::get_item, access, run)
        .add_with("PutItem", items::put_item, access, run)
        .add_with("UpdateItem", items::update_item, access, run)
        .add_with("DeleteItem", items::delete_item, access, run)
        .add_with("Query", query::query, access, run)
        .add_with("Scan", scan::scan, access, run)
        .add_with("SearchVectors", vectors::search_vectors, access, run)
        .add_with("BatchGetItem", batch::batch_get_item, access, run)
        .add_with("BatchWriteItem", batch::batch_write_item, access, run)
        .add_with("TransactGetItems", transactions::transact_get_items, access, run)
        .add_with("TransactWriteItems", transactions::transact_write_items, access, run)
        .add_with("ExecuteStatement", statements::execute_statement, access, run)
        .add_with("BatchExecuteStatement", statements::batch_execute_statement, access, run)
        .add_with("ExecuteTransaction", statements::execute_transaction, access, run)
        .add_with("CreateTable", control::create_table, access, run)
        .add_with("DeleteTable", control::delete_table, access, run)
        .add_with("DescribeTable", control::describe_table, access, run)
        .add_with("UpdateTable", control::update_table, access, run)
        .add_with("ListTables", control::list_tables, access, run)
        .add_with("DescribeContinuousBackups", control::describe_continuous_backups, access, run)
        .add_with("UpdateTimeToLive", control::update_time_to_live, access, run)
        .add_with("DescribeTimeToLive", control::describe_time_to_live, access, run)
        .add_with("TagResource", control::tag_resource, access, run)
        .add_with("UntagResource", control::untag_resource, access, run)
        .add_with("ListTagsOfResource", control::list_tags_of_resource, access, run)
        .build()
}

/// DynamoDB Streams: a service of its own on the wire, with the same name in signatures.
pub fn streams(state: Arc<Dynamo>) -> Service {
    let protocol = Protocol::Json10 { target: "DynamoDBStreams_20120810", errors: NAMESPACE };
    Service::of(SIGNING_NAME, protocol, state)
        .add_with("ListStreams", stream::list_streams, access, run)
        .add_with("DescribeStream", stream::describe_stream, access, run)
        .add_with("GetShardIterator", stream::get_shard_iterator, access, run)
        .add_with("GetRecords", stream::get_records, access, run)
        .build()
}

const SIGNING_NAME: &str = "dynamodb";

const NAMESPACE: &str = "com.amazonaws.dynamodb.v20120810";
