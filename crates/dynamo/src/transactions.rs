//! TransactGetItems and TransactWriteItems: one decision for each item, within its transaction.

use operation::Visit;
use serde_json::Value;

use crate::conditions::set_capacity;
use crate::document::{Members, members};
use crate::error::Error;
use crate::items::{Kind, Returns};
use crate::plan::{Facts, Plan};
use crate::run::{Dynamo, is_strange, schema};
use crate::table;

pub(crate) fn transact_get_items<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, "TransactGetItems", &["TransactItems", "ReturnConsumedCapacity"], &[("Get", &GET)])
}

pub(crate) fn transact_write_items<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, "TransactWriteItems", WRITE_MEMBERS, WRITES)
}

/// The kinds of entries, by the member that names them.
type Kinds = &'static [(&'static str, &'static Kind)];

fn facts<'a>(
    visit: &'a Visit<Dynamo>,
    input: &'a Value,
    operation: &'static str,
    known: &'static [&'static str],
    kinds: Kinds,
) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(operation));
        }
        let members = members(input, known)?;
        let entries = members.list("TransactItems")?;
        if entries.is_empty() || entries.len() > MOST {
            return Err(Error::validation(
                "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have \
                 length less than or equal to 100, Member must have length greater than or equal to 1",
            ));
        }
        let mut plan = Plan::new(operation, operation == "TransactWriteItems");
        let mut renamed = None;
        for (at, entry) in entries.iter().enumerate() {
            let (member, kind, item) = entry_of(entry, kinds)?;
            let given = item.required_text("TableName")?;
            let name = table::name(given, &visit.place)?;
            let schema = schema(visit, &mut plan, name).await?;
            let resource = table::arn(&visit.place, name);
            let touch = kind.touch(item, resource, schema.as_deref(), &mut plan.refusal);
            let mut touch = touch.with("dynamodb:EnclosingOperation", operation);
            set_capacity(&mut touch, members, &mut plan.refusal);
            plan.touches.push(touch);
            if given != name {
                let whole = renamed.get_or_insert_with(|| input.clone());
                let given = whole.pointer_mut(&format!("/TransactItems/{at}/{member}/TableName"));
                if let Some(given) = given {
                    *given = name.into();
                }
            }
        }
        plan.rewritten = renamed;
        Ok(plan)
    })
}

/// The one thing an entry does.
fn entry_of<'a>(entry: &'a Value, kinds: Kinds) -> Result<(&'static str, &'static Kind, Members<'a>), Error> {
    let names: Vec<&str> = kinds.iter().map(|(member, _)| *member).collect();
    let entry = members(entry, &names)?;
    let mut given = kinds.iter().filter_map(|(member, kind)| Some((*member, *kind, entry.get(member)?)));
    match (given.next(), given.next()) {
        (Some((member, kind, item)), None) => Ok((member, kind, members(item, kind.members)?)),
        _ => Err(Error::validation("TransactItems can only contain one of Check, Put, Update or Delete")),
    }
}

const GET: Kind = Kind {
    operation: "TransactGetItems",
    action: "dynamodb:GetItem",
    keyed_by: "Key",
    returns: Returns::Selected,
    members: &["TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames"],
};

const PUT: Kind = Kind {
    operation: "TransactWriteItems",
    action: "dynamodb:PutItem",
    keyed_by: "Item",
    returns: Returns::Failure,
    members: &[
        "TableName",
        "Item",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

const UPDATE: Kind = Kind {
    operation: "TransactWriteItems",
    action: "dynamodb:UpdateItem",
    keyed_by: "Key",
    returns: Returns::Failure,
    members: &[
        "TableName",
        "Key",
        "UpdateExpression",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

const DELETE: Kind = Kind { action: "dynamodb:DeleteItem", ..CHECK };

const CHECK: Kind = Kind {
    operation: "TransactWriteItems",
    action: "dynamodb:ConditionCheckItem",
    keyed_by: "Key",
    returns: Returns::Failure,
    members: &[
        "TableName",
        "Key",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

const WRITES: Kinds = &[("Put", &PUT), ("Update", &UPDATE), ("Delete", &DELETE), ("ConditionCheck", &CHECK)];

const WRITE_MEMBERS: &[&str] =
    &["TransactItems", "ReturnConsumedCapacity", "ReturnItemCollectionMetrics", "ClientRequestToken"];

/// DynamoDB's limit.
const MOST: usize = 100;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_does_one_thing() {
        let key = json!({ "TableName": "scores", "Key": {} });
        let (member, kind, _) = entry_of(&json!({ "ConditionCheck": key }), WRITES).map_err(|_| ()).unwrap();
        assert_eq!((member, kind.action), ("ConditionCheck", "dynamodb:ConditionCheckItem"));
        for bad in [
            json!({}),
            json!({ "Delete": key, "Put": { "TableName": "scores", "Item": {} } }),
            json!({ "Get": key }),
            json!({ "delete": key }),
            json!({ "Delete": null }),
            json!({ "Delete": { "TableName": "scores", "Key": {}, "Item": {} } }),
            json!([]),
        ] {
            assert!(entry_of(&bad, WRITES).is_err(), "{bad}");
        }
    }
}
