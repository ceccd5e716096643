//! SearchVectors: the items of an index whose vectors are nearest to one.
//!
//! The service has no condition keys for it: like a Scan, it is allowed on a whole index or not at all, and policies
//! that confine a caller to its own items leave it out.

use operation::Visit;
use serde_json::Value;

use crate::document::{Members, members};
use crate::error::Error;
use crate::expression::{Grammar, Names, attributes};
use crate::items::renamed;
use crate::plan::{Facts, Plan, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::table;

pub(crate) fn search_vectors<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("SearchVectors"));
        }
        let members = members(input, MEMBERS)?;
        let given = members.required_text("TableName")?;
        let name = table::name(given, &visit.place)?;
        let index = table::index(members.required_text("IndexName")?)?;
        let mut plan = Plan::new("SearchVectors", false);
        schema(visit, &mut plan, name).await?;
        plan.refusal.note(understood(members));
        plan.rewritten = renamed(input, given, name);
        let resource = table::index_arn(&visit.place, name, Some(index));
        Ok(plan.touch(Touch::new("dynamodb:SearchVectors", resource)))
    })
}

/// No condition key needs the attributes; but what cannot be read is refused here as everywhere.
fn understood(members: Members<'_>) -> Result<(), Error> {
    let names = Names::of(members)?;
    let expressions =
        [("ProjectionExpression", Grammar::Projection), ("SearchConditionExpression", Grammar::Condition)];
    for (member, grammar) in expressions {
        if let Some(text) = members.text(member)? {
            attributes(text, grammar, names, &mut std::collections::BTreeSet::new())?;
        }
    }
    Ok(())
}

const MEMBERS: &[&str] = &[
    "TableName",
    "IndexName",
    "SearchVector",
    "TopK",
    "SearchConditionExpression",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnConsumedCapacity",
];
