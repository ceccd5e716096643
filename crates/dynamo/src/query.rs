//! Query: the items of one partition key, of a table or an index.

use operation::{Place, Visit};
use serde_json::Value;

use crate::backend::Schema;
use crate::conditions::{Attributes, projects, set_capacity};
use crate::document::{Members, members};
use crate::error::Error;
use crate::expression::{KeyCondition, Names};
use crate::items::renamed;
use crate::plan::{Facts, Plan, Refusal, Touch};
use crate::run::{Dynamo, is_strange, schema};
use crate::{keys, table};

pub(crate) fn query<'a>(visit: &'a Visit<Dynamo>, input: &'a Value) -> Facts<'a> {
    Box::pin(async move {
        if is_strange(visit) {
            return Ok(Plan::for_strangers("Query"));
        }
        let members = members(input, MEMBERS)?;
        let given = members.required_text("TableName")?;
        let name = table::name(given, &visit.place)?;
        let mut plan = Plan::new("Query", false);
        let schema = schema(visit, &mut plan, name).await?;
        let touch = touch(members, &visit.place, name, schema.as_deref(), &mut plan.refusal)?;
        plan.rewritten = renamed(input, given, name);
        Ok(plan.touch(touch))
    })
}

fn touch(
    members: Members<'_>,
    place: &Place,
    name: &str,
    schema: Option<&Schema>,
    refusal: &mut Refusal,
) -> Result<Touch, Error> {
    let index = members.text("IndexName")?.map(table::index).transpose()?;
    let mut touch = Touch::new("dynamodb:Query", table::index_arn(place, name, index));
    let bound = refusal.note(bound(members, index, schema)).unwrap_or_default();
    keys::set_leading(&mut touch, &bound);
    let mut attributes = Attributes::default();
    refusal.note(attributes.add_expressions(members));
    attributes.set(&mut touch);
    set_select(&mut touch, members, index, refusal);
    set_capacity(&mut touch, members, refusal);
    Ok(touch)
}

/// The partition key's values; none where the table is unknown.
fn bound(members: Members<'_>, index: Option<&str>, schema: Option<&Schema>) -> Result<Vec<Vec<String>>, Error> {
    let expression = members.text("KeyConditionExpression")?;
    let legacy = members.map("KeyConditions")?;
    let Some(schema) = schema else { return Ok(Vec::new()) };
    let hash = schema.hash_of(index).ok_or_else(|| {
        Error::validation(format!("The table does not have the specified index: {}", index.unwrap_or_default()))
    })?;
    let bound = match (expression, legacy) {
        (Some(text), None) => {
            let condition = KeyCondition::read(text, Names::of(members)?)?;
            condition.bind(hash, members.map("ExpressionAttributeValues")?)
        }
        (None, Some(conditions)) => bound_by_legacy(conditions, hash),
        (Some(_), Some(_)) => Err(Error::validation(
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: \
             {KeyConditions} Expression parameters: {KeyConditionExpression}",
        )),
        (None, None) => Err(Error::validation(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
        )),
    }?;
    starts_within(members, hash, &bound)?;
    Ok(vec![bound])
}

/// A page begins within the partition that is queried.
fn starts_within(members: Members<'_>, hash: &[String], bound: &[String]) -> Result<(), Error> {
    let Some(start) = members.map("ExclusiveStartKey")? else { return Ok(()) };
    let values = hash.iter().map(|attribute| start.get(attribute).and_then(|value| keys::text(value).ok()));
    if values.eq(bound.iter().map(|value| Some(value.clone()))) {
        return Ok(());
    }
    Err(Error::validation("The provided starting key is outside query boundaries based on provided conditions"))
}

/// The same from the legacy `KeyConditions`: one `EQ` with one value for each attribute.
fn bound_by_legacy(conditions: &serde_json::Map<String, Value>, hash: &[String]) -> Result<Vec<String>, Error> {
    let bound = hash.iter().map(|attribute| {
        let condition = conditions
            .get(attribute)
            .ok_or_else(|| Error::validation(format!("Query condition missed key schema element: {attribute}")))?;
        let condition = self::members(condition, &["ComparisonOperator", "AttributeValueList"])?;
        let [value] = condition.list("AttributeValueList")? else {
            return Err(Error::validation("Query key condition not supported"));
        };
        match condition.required_text("ComparisonOperator")? {
            "EQ" => keys::text(value),
            _ => Err(Error::validation("Query key condition not supported")),
        }
    });
    bound.collect()
}

/// Sets `dynamodb:Select`.
pub(crate) fn set_select(touch: &mut Touch, members: Members<'_>, index: Option<&str>, refusal: &mut Refusal) {
    let given =
        members.one_of("Select", &["ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"]);
    let given = refusal.note(given).flatten();
    refusal.note(shows_what_it_says(members, given));
    let select = given.unwrap_or(match index {
        _ if projects(members) => "SPECIFIC_ATTRIBUTES",
        Some(_) => "ALL_PROJECTED_ATTRIBUTES",
        None => "ALL_ATTRIBUTES",
    });
    touch.context.set("dynamodb:Select", select);
}

/// Names are given where some attributes are asked for, and nowhere else: an engine that overlooks it would show another
/// selection than the one that was decided on.
fn shows_what_it_says(members: Members<'_>, select: Option<&'static str>) -> Result<(), Error> {
    match select {
        Some("SPECIFIC_ATTRIBUTES") if !projects(members) => Err(Error::validation(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        )),
        Some(other) if other != "SPECIFIC_ATTRIBUTES" && projects(members) => Err(Error::validation(format!(
            "Cannot specify the AttributesToGet or ProjectionExpression when choosing to get {}",
            if other == "COUNT" { "only the Count" } else { other }
        ))),
        Some(_) | None => Ok(()),
    }
}

const MEMBERS: &[&str] = &[
    "TableName",
    "IndexName",
    "Select",
    "AttributesToGet",
    "Limit",
    "ConsistentRead",
    "KeyConditions",
    "QueryFilter",
    "ConditionalOperator",
    "ScanIndexForward",
    "ExclusiveStartKey",
    "ReturnConsumedCapacity",
    "ProjectionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(request: &Value) -> (Touch, Option<String>) {
        let place = Place { account: "000000000000".parse().unwrap(), region: "us-east-1".parse().unwrap() };
        let schema = Schema {
            hash: vec!["player".to_owned()],
            indexes: [
                ("by-game".to_owned(), vec!["game".to_owned()]),
                ("by-two".to_owned(), vec!["game".to_owned(), "country".to_owned()]),
            ]
            .into(),
            stream_label: None,
            tags: std::collections::BTreeMap::new(),
        };
        let mut refusal = Refusal::default();
        let members = members(request, MEMBERS).unwrap();
        let touch = touch(members, &place, "scores", Some(&schema), &mut refusal).unwrap();
        (touch, refusal.told())
    }

    fn texts(touch: &Touch, key: &str) -> Vec<String> {
        touch.context.get(key).map(|value| value.texts().map(str::to_owned).collect()).unwrap_or_default()
    }

    #[test]
    fn a_query_is_bound_to_its_partition_key() {
        let (touch, refused) = found(&json!({
            "KeyConditionExpression": "#p = :p AND game > :g",
            "FilterExpression": "level = :l",
            "ExpressionAttributeNames": { "#p": "player" },
            "ExpressionAttributeValues": { ":p": { "S": "me" }, ":g": { "S": "a" }, ":l": { "N": "1" } },
        }));
        assert_eq!(touch.resource, "arn:aws:dynamodb:us-east-1:000000000000:table/scores");
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), ["me"]);
        assert_eq!(texts(&touch, "dynamodb:Attributes"), ["game", "level", "player"]);
        assert_eq!(refused, None);
    }

    #[test]
    fn an_index_has_its_own_partition_key() {
        let (touch, refused) = found(&json!({
            "IndexName": "by-game",
            "KeyConditionExpression": "game = :g AND player = :me",
            "ExpressionAttributeValues": { ":me": { "S": "me" }, ":g": { "S": "chess" } },
        }));
        assert_eq!(touch.resource, "arn:aws:dynamodb:us-east-1:000000000000:table/scores/index/by-game");
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), ["chess"]);
        assert_eq!(texts(&touch, "dynamodb:Select"), ["ALL_PROJECTED_ATTRIBUTES"]);
        assert_eq!(refused, None);
    }

    #[test]
    fn an_index_of_two_partition_attributes_has_a_value_for_each() {
        let (touch, refused) = found(&json!({
            "IndexName": "by-two",
            "KeyConditionExpression": "country = :c AND game = :g",
            "ExpressionAttributeValues": { ":c": { "S": "fi" }, ":g": { "S": "chess" } },
        }));
        assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), ["chess"]);
        assert_eq!(texts(&touch, "dynamodb:SecondPartitionKeyValues"), ["fi"]);
        assert_eq!(refused, None);
        let (_, refused) = found(&json!({
            "IndexName": "by-two",
            "KeyConditionExpression": "game = :g",
            "ExpressionAttributeValues": { ":g": { "S": "chess" } },
        }));
        assert!(refused.is_some());
    }

    #[test]
    fn a_selection_is_what_it_says() {
        let equal = json!({ "ComparisonOperator": "EQ", "AttributeValueList": [{ "S": "me" }] });
        for (select, projection, good) in [
            ("SPECIFIC_ATTRIBUTES", Some("score"), true),
            ("SPECIFIC_ATTRIBUTES", None, false),
            ("ALL_ATTRIBUTES", Some("score"), false),
            ("COUNT", Some("score"), false),
            ("COUNT", None, true),
        ] {
            let mut request = json!({ "KeyConditions": { "player": equal }, "Select": select });
            if let Some(projection) = projection {
                request["AttributesToGet"] = json!([projection]);
            }
            assert_eq!(found(&request).1.is_none(), good, "{select} {projection:?}");
        }
    }

    #[test]
    fn legacy_conditions_bind_too() {
        let equal = json!({ "ComparisonOperator": "EQ", "AttributeValueList": [{ "S": "me" }] });
        let (touch, refused) = found(&json!({ "KeyConditions": { "player": equal } }));
        assert_eq!((texts(&touch, "dynamodb:LeadingKeys"), refused), (vec!["me".to_owned()], None));
    }

    #[test]
    fn whatever_leaves_the_partition_open_is_refused_and_nobodys() {
        let values = json!({ ":me": { "S": "me" }, ":g": { "S": "chess" } });
        let expression = json!("player = :me");
        let equal = json!({ "ComparisonOperator": "EQ", "AttributeValueList": [{ "S": "me" }] });
        for request in [
            json!({}),
            json!({ "KeyConditionExpression": "game = :g", "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": "player > :me", "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": "player = :me OR player = :g", "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": expression, "KeyConditions": { "player": equal } , "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": expression, "IndexName": "by-game", "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": expression, "IndexName": "no-such", "ExpressionAttributeValues": values }),
            json!({ "KeyConditionExpression": expression }),
            json!({ "KeyConditions": { "player": { "ComparisonOperator": "GT", "AttributeValueList": [{ "S": "me" }] } } }),
            json!({ "KeyConditions": { "player": { "ComparisonOperator": "EQ", "AttributeValueList": [{ "S": "me" }, { "S": "x" }] } } }),
            json!({ "KeyConditions": { "player": { "ComparisonOperator": "EQ", "AttributeValueList": [] } } }),
            json!({ "KeyConditions": { "player": { "comparisonOperator": "EQ", "AttributeValueList": [{ "S": "me" }] } } }),
            json!({ "KeyConditions": {} }),
        ] {
            let (touch, refused) = found(&request);
            assert!(refused.is_some(), "{request}");
            assert_eq!(texts(&touch, "dynamodb:LeadingKeys"), ["\u{1}unknown\u{1}"], "{request}");
        }
    }
}
