//! Scan: a whole table, or a whole index. It has no leading key, and `ForAllValues` then holds: policies
//! that confine a caller to its own items leave Scan out.

use operation::Visit;
use serde_json::Value;

use crate::conditions::{Attributes, set_capacity};
use crate::document::members;
use crate::items::renamed;
use crate::plan::{Facts, Plan, Touch};
use crate::query::set_select;
use crate::run::{Dynamo, is_strange, schema};
use crate::table;

pub(crate) fn scan<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("Scan"));
        }
        let members = members(input, MEMBERS)?;
        let given = members.required_text("TableName")?;
        let name = table::name(given, &visit.place)?;
        let index = members.text("IndexName")?.map(table::index).transpose()?;
        let mut plan = Plan::new("Scan", false);
        schema(visit, &mut plan, name).await?;
        let mut touch = Touch::new("dynamodb:Scan", table::index_arn(&visit.place, name, index));
        let mut attributes = Attributes::default();
        plan.refusal.note(attributes.add_expressions(members));
        attributes.set(&mut touch);
        set_select(&mut touch, members, index, &mut plan.refusal);
        set_capacity(&mut touch, members, &mut plan.refusal);
        plan.rewritten = renamed(input, given, name);
        Ok(plan.touch(touch))
    })
}

const MEMBERS: &[&str] = &[
    "TableName",
    "IndexName",
    "AttributesToGet",
    "Limit",
    "Select",
    "ScanFilter",
    "ConditionalOperator",
    "ExclusiveStartKey",
    "ReturnConsumedCapacity",
    "TotalSegments",
    "Segment",
    "ProjectionExpression",
    "FilterExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ConsistentRead",
];
