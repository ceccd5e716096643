//! GetItem, PutItem, UpdateItem, DeleteItem: one item, named by its key.

use operation::Visit;
use serde_json::Value;

use crate::backend::Schema;
use crate::conditions::{Attributes, select_of_key_read, set_capacity, set_return_values, with_failure};
use crate::document::{Members, members};
use crate::plan::{Facts, Plan, Refusal, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::{keys, table};

pub(crate) fn get_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &GET_ITEM)
}

pub(crate) fn put_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &PUT_ITEM)
}

pub(crate) fn update_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &UPDATE_ITEM)
}

pub(crate) fn delete_item<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    facts(visit, input, &DELETE_ITEM)
}

/// An operation on one item, alone or in a transaction.
pub(crate) struct Kind {
    pub(crate) operation: &'static str,
    pub(crate) action: &'static str,
    /// The member that holds the key: `Key`, or the whole `Item`.
    pub(crate) keyed_by: &'static str,
    /// What the action returns, and so which condition key says it.
    pub(crate) returns: Returns,
    pub(crate) members: &'static [&'static str],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Returns {
    /// A read: `dynamodb:Select`.
    Selected,
    /// A write: `dynamodb:ReturnValues`.
    Values,
    /// A write within a transaction: only a failed condition shows anything.
    Failure,
}

fn facts<'a>(visit: &'a Visit<Dynamo>, input: &'a Value, kind: &'static Kind) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers(kind.operation));
        }
        let members = members(input, kind.members)?;
        let given = members.required_text("TableName")?;
        let name = table::name(given, &visit.place)?;
        let mut plan = Plan::new(kind.operation, kind.returns != Returns::Selected);
        let schema = schema(visit, &mut plan, name).await?;
        let mut touch = kind.touch(members, table::arn(&visit.place, name), schema.as_deref(), &mut plan.refusal);
        set_capacity(&mut touch, members, &mut plan.refusal);
        plan.rewritten = renamed(input, given, name);
        Ok(plan.touch(touch))
    })
}

impl Kind {
    /// The decision on one item.
    pub(crate) fn touch(
        &self,
        members: Members<'_>,
        resource: String,
        schema: Option<&Schema>,
        refusal: &mut Refusal,
    ) -> Touch {
        let mut touch = Touch::new(self.action, resource);
        let item = refusal.note(members.required_map(self.keyed_by));
        let entries = item.map_or_else(Vec::new, |item| keys::of_item(schema, item, refusal));
        keys::set_leading(&mut touch, &entries);
        let mut attributes = Attributes::default();
        attributes.add_map(item);
        refusal.note(attributes.add_expressions(members));
        attributes.set(&mut touch);
        match self.returns {
            Returns::Selected => touch.context.set("dynamodb:Select", select_of_key_read(members)),
            Returns::Values => set_return_values(&mut touch, members, refusal),
            Returns::Failure => {
                touch.context.set("dynamodb:ReturnValues", with_failure("NONE", members, refusal));
            }
        }
        touch
    }
}

/// The request with the table's plain name, where it gave an ARN.
pub(crate) fn renamed(input: &Value, given: &str, name: &str) -> Option<Value> {
    if given == name {
        return None;
    }
    let mut renamed = input.clone();
    renamed.as_object_mut()?.insert("TableName".to_owned(), name.into());
    Some(renamed)
}

const GET_ITEM: Kind = Kind {
    operation: "GetItem",
    action: "dynamodb:GetItem",
    keyed_by: "Key",
    returns: Returns::Selected,
    members: &[
        "TableName",
        "Key",
        "AttributesToGet",
        "ConsistentRead",
        "ReturnConsumedCapacity",
        "ProjectionExpression",
        "ExpressionAttributeNames",
    ],
};

const PUT_ITEM: Kind = Kind {
    operation: "PutItem",
    action: "dynamodb:PutItem",
    keyed_by: "Item",
    returns: Returns::Values,
    members: &[
        "TableName",
        "Item",
        "Expected",
        "ReturnValues",
        "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
        "ConditionalOperator",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

const UPDATE_ITEM: Kind = Kind {
    operation: "UpdateItem",
    action: "dynamodb:UpdateItem",
    keyed_by: "Key",
    returns: Returns::Values,
    members: &[
        "TableName",
        "Key",
        "AttributeUpdates",
        "Expected",
        "ConditionalOperator",
        "ReturnValues",
        "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
        "UpdateExpression",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

const DELETE_ITEM: Kind = Kind {
    operation: "DeleteItem",
    action: "dynamodb:DeleteItem",
    keyed_by: "Key",
    returns: Returns::Values,
    members: &[
        "TableName",
        "Key",
        "Expected",
        "ConditionalOperator",
        "ReturnValues",
        "ReturnConsumedCapacity",
        "ReturnItemCollectionMetrics",
        "ConditionExpression",
        "ExpressionAttributeNames",
        "ExpressionAttributeValues",
        "ReturnValuesOnConditionCheckFailure",
    ],
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema { hash: vec!["player".to_owned()], ..Schema::default() }
    }

    fn touch(kind: &Kind, request: &Value, schema: Option<&Schema>) -> (Touch, Option<String>) {
        let mut refusal = Refusal::default();
        let members = Members(request.as_object().unwrap());
        let touch = kind.touch(members, "arn".to_owned(), schema, &mut refusal);
        (touch, refusal.told())
    }

    fn values(touch: &Touch, key: &str) -> Vec<String> {
        touch.context.get(key).map(|value| value.texts().map(str::to_owned).collect()).unwrap_or_default()
    }

    #[test]
    fn the_leading_key_is_the_partition_key_alone() {
        let request = json!({ "Key": { "game": { "S": "chess" }, "player": { "S": "me" } } });
        let (touch, refused) = touch(&GET_ITEM, &request, Some(&schema()));
        assert_eq!(values(&touch, "dynamodb:LeadingKeys"), ["me"]);
        assert_eq!(values(&touch, "dynamodb:Attributes"), ["game", "player"]);
        assert_eq!(values(&touch, "dynamodb:Select"), ["ALL_ATTRIBUTES"]);
        assert_eq!(refused, None);
    }

    #[test]
    fn without_its_partition_key_a_request_is_refused_and_nobodys() {
        for key in [
            json!({}),
            json!({ "Player": { "S": "me" } }),
            json!({ "player": "me" }),
            json!({ "player": { "S": "me", "N": "1" } }),
            json!({ "player": { "M": { "S": { "S": "me" } } } }),
            json!({ "player": { "NULL": true } }),
            json!([]),
        ] {
            let (touch, refused) = touch(&GET_ITEM, &json!({ "Key": key }), Some(&schema()));
            assert!(refused.is_some(), "{key}");
            assert_eq!(values(&touch, "dynamodb:LeadingKeys"), ["\u{1}unknown\u{1}"], "{key}");
        }
    }

    #[test]
    fn where_the_table_is_unknown_every_value_is_a_leading_key() {
        let request = json!({ "Item": {
            "player": { "S": "me" }, "game": { "S": "chess" }, "score": { "N": "07" }, "list": { "L": [] },
        } });
        let (known, _) = touch(&PUT_ITEM, &request, None);
        assert_eq!(values(&known, "dynamodb:LeadingKeys"), ["7", "chess", "me"]);
        let (empty, _) = touch(&PUT_ITEM, &json!({ "Item": {} }), None);
        assert_eq!(values(&empty, "dynamodb:LeadingKeys"), ["\u{1}unknown\u{1}"]);
    }

    #[test]
    fn attributes_of_item_update_and_condition_count() {
        let request = json!({
            "Key": { "player": { "S": "me" } },
            "UpdateExpression": "SET score = :s REMOVE #x.y",
            "ConditionExpression": "attribute_exists(secret)",
            "ExpressionAttributeNames": { "#x": "hidden" },
            "ReturnValues": "ALL_NEW",
        });
        let (touch, refused) = touch(&UPDATE_ITEM, &request, Some(&schema()));
        assert_eq!(values(&touch, "dynamodb:Attributes"), ["hidden", "player", "score", "secret"]);
        assert_eq!(values(&touch, "dynamodb:ReturnValues"), ["ALL_NEW"]);
        assert_eq!(refused, None);
    }

    #[test]
    fn an_expression_that_is_not_understood_is_refused() {
        for (member, text) in [
            ("UpdateExpression", "SET score = 'x'"),
            ("UpdateExpression", "SET #absent = :v"),
            ("ConditionExpression", ""),
            ("ReturnValues", "all_old"),
        ] {
            let mut request = json!({ "Key": { "player": { "S": "me" } } });
            request.as_object_mut().unwrap().insert(member.to_owned(), text.into());
            let (_, refused) = touch(&UPDATE_ITEM, &request, Some(&schema()));
            assert!(refused.is_some(), "{member}: {text}");
        }
    }
}
