//! ListStreams, DescribeStream, GetShardIterator, GetRecords.
//!
//! The engine looks at the table alone; the label in a stream's ARN is held against the table's newest
//! stream here, so that a right to one stream is none to the next.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use operation::Visit;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::members;
use crate::error::Error;
use crate::plan::{Facts, Plan, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::table;

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
        let mut plan = Plan::new(operation, false);
        let schema = schema(visit, &mut plan, name).await?;
        let newest = schema.as_deref().and_then(|schema| schema.stream_label.as_deref());
        if newest != Some(label) {
            plan.refusal
                .note::<()>(Err(Error::NotFound(format!("Requested resource not found: Stream: {arn} not found"))));
        }
        let resource = table::stream_arn(&visit.place, name, label);
        Ok(plan.touch(Touch::new(action, resource)))
    })
}

pub(crate) fn get_records<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("GetRecords"));
        }
        let members = members(input, &["ShardIterator", "Limit"])?;
        let iterator = Iterator::read(members.required_text("ShardIterator")?)?;
        let name = table::name(&iterator.table_name, &visit.place)?;
        if name != iterator.table_name {
            return Err(no_iterator());
        }
        let mut plan = Plan::new("GetRecords", false);
        let schema = schema(visit, &mut plan, name).await?;
        let newest = schema.as_deref().and_then(|schema| schema.stream_label.as_deref());
        if newest.is_none() {
            let text = format!("Requested resource not found: Stream of {name} not found");
            plan.refusal.note::<()>(Err(Error::NotFound(text)));
        }
        let resource = table::stream_arn(&visit.place, name, newest.unwrap_or("none"));
        let mut rewritten = input.clone();
        if let Some(document) = rewritten.as_object_mut() {
            document.insert("ShardIterator".to_owned(), iterator.written()?.into());
        }
        plan.rewritten = Some(rewritten);
        Ok(plan.touch(Touch::new("dynamodb:GetRecords", resource)))
    })
}

/// The engine's iterator. It is no secret and no proof: what it names is decided on, like an ARN, and it
/// is written again from what was read.
#[derive(Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Iterator {
    table_name: String,
    shard_id: String,
    position: i64,
}

impl Iterator {
    fn read(text: &str) -> Result<Self, Error> {
        let bytes = STANDARD.decode(text).map_err(|_| no_iterator())?;
        serde_json::from_slice(&bytes).map_err(|_| no_iterator())
    }

    fn written(&self) -> Result<String, Error> {
        Ok(STANDARD.encode(serde_json::to_vec(self).map_err(Error::internal)?))
    }
}

fn no_iterator() -> Error {
    Error::validation("Invalid ShardIterator")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iterator_names_one_table() {
        let written = STANDARD.encode(r#"{"table_name":"scores","shard_id":"shardId-1-scores","position":3}"#);
        let read = Iterator::read(&written).unwrap();
        assert_eq!(read.table_name, "scores");
        assert_eq!(Iterator::read(&read.written().unwrap()).unwrap(), read);
        for bad in [
            "",
            "scores",
            &STANDARD.encode(r#"{"table_name":"scores","table_name":"other","shard_id":"x","position":3}"#),
            &STANDARD.encode(r#"{"table_name":"scores","shard_id":"x","position":3,"more":1}"#),
            &STANDARD.encode(r#"{"table_name":"scores","shard_id":"x"}"#),
            &STANDARD.encode(r#"["scores","x",3] x"#),
        ] {
            assert!(Iterator::read(bad).is_err(), "{bad}");
        }
    }
}
