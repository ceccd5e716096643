//! ListStreams, DescribeStream, GetShardIterator, GetRecords.
//!
//! The engine looks at the table alone; the label in a stream's ARN is held against the table's newest
//! stream here, so that a right to one stream is none to the next.

use operation::Visit;
use serde_json::Value;

use crate::document::members;
use crate::error::Error;
use crate::plan::{Facts, Plan, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::table;
use crate::tokens::{Iterator, Sealing};

pub(crate) fn list_streams<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("ListStreams"));
        }
        let members = members(input, &["TableName", "Limit", "ExclusiveStartStreamArn"])?;
        members.text("TableName")?.map(|given| table::name(given, &visit.place)).transpose()?;
        members.text("ExclusiveStartStreamArn")?.map(|given| table::stream(given, &visit.place)).transpose()?;
        Ok(Plan::new("ListStreams", false).touch(Touch::new("dynamodb:ListStreams", "*".to_owned())))
    })
}

pub(crate) fn describe_stream<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    const MEMBERS: &[&str] = &["StreamArn", "Limit", "ExclusiveStartShardId"];
    facts(visit, input, "DescribeStream", "dynamodb:DescribeStream", MEMBERS)
}

pub(crate) fn get_shard_iterator<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    const MEMBERS: &[&str] = &["StreamArn", "ShardId", "ShardIteratorType", "SequenceNumber"];
    facts(visit, input, "GetShardIterator", "dynamodb:GetShardIterator", MEMBERS)
}

fn facts<'a>(
    visit: &'a Visit<Dynamo>,
    input: &'a Value,
    operation: &'static str,
    action: &'static str,
    known: &'static [&'static str],
) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(operation));
        }
        let arn = members(input, known)?.required_text("StreamArn")?;
        let (name, label) = table::stream(arn, &visit.place)?;
        of_stream(visit, Plan::new(operation, false), action, name.to_owned(), label.to_owned()).await
    })
}

pub(crate) fn get_records<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("GetRecords"));
        }
        let given = members(input, &["ShardIterator", "Limit"])?.required_text("ShardIterator")?;
        let iterator = Iterator::open(visit, given).await?;
        let mut plan = Plan::new("GetRecords", false);
        plan.rewrite(input, "ShardIterator", iterator.engines.into());
        of_stream(visit, plan, "dynamodb:GetRecords", iterator.table, iterator.label).await
    })
}

/// Adds the decision on a stream, which must be its table's newest.
async fn of_stream(
    visit: &Visit<Dynamo>,
    mut plan: Plan,
    action: &'static str,
    table: String,
    label: String,
) -> Result<Plan, Error> {
    let schema = schema(visit, &mut plan, &table).await?;
    let newest = schema.as_deref().and_then(|schema| schema.stream_label.as_deref());
    let resource = table::stream_arn(&visit.place, &table, &label);
    if newest != Some(&label) {
        let text = format!("Requested resource not found: Stream: {resource} not found");
        plan.refusal.note::<()>(Err(Error::NotFound(text)));
    }
    plan.sealing = Some(Sealing::Stream { table, label });
    Ok(plan.touch(Touch::new(action, resource)))
}
