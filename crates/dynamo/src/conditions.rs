//! The condition keys that several operations have: attributes, returned values, capacity.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::Members;
use crate::error::Error;
use crate::expression::{Grammar, Names, attributes};
use crate::plan::{Refusal, Touch};

/// The top-level attributes that a request names.
#[derive(Debug, Default)]
pub(crate) struct Attributes(BTreeSet<String>);

impl Attributes {
    /// Those that are the names of a map: an item, a key, legacy conditions.
    pub(crate) fn add_map(&mut self, map: Option<&Map<String, Value>>) {
        self.0.extend(map.into_iter().flat_map(Map::keys).cloned());
    }

    /// Those of every expression and every legacy parameter that the request has.
    pub(crate) fn add_expressions(&mut self, members: Members<'_>) -> Result<(), Error> {
        let names = Names::of(members)?;
        for (member, grammar) in EXPRESSIONS {
            if let Some(text) = members.text(member)? {
                attributes(text, grammar, names, &mut self.0)?;
            }
        }
        for member in LEGACY_MAPS {
            self.add_map(members.map(member)?);
        }
        let legacy = members.texts("AttributesToGet")?;
        // To some engines no names are all names.
        if legacy.is_empty() && members.has("AttributesToGet") {
            return Err(Error::validation(
                "1 validation error detected: Value '[]' at 'attributesToGet' failed to satisfy constraint: Member must \
                 have length greater than or equal to 1",
            ));
        }
        self.0.extend(legacy.into_iter().map(str::to_owned));
        Ok(())
    }

    /// Sets `dynamodb:Attributes`.
    pub(crate) fn set(self, touch: &mut Touch) {
        touch.context.set("dynamodb:Attributes", self.0.into_iter().collect::<Vec<_>>());
    }
}

/// Whether the request asks for named attributes only.
pub(crate) fn projects(members: Members<'_>) -> bool {
    members.has("ProjectionExpression") || members.has("AttributesToGet")
}

/// `dynamodb:Select` of a read by key.
pub(crate) fn select_of_key_read(members: Members<'_>) -> &'static str {
    if projects(members) { "SPECIFIC_ATTRIBUTES" } else { "ALL_ATTRIBUTES" }
}

/// Sets `dynamodb:ReturnConsumedCapacity`.
pub(crate) fn set_capacity(touch: &mut Touch, members: Members<'_>, refusal: &mut Refusal) {
    let found = refusal.note(members.one_of("ReturnConsumedCapacity", &["INDEXES", "TOTAL", "NONE"]));
    touch.context.set("dynamodb:ReturnConsumedCapacity", found.flatten().unwrap_or("NONE"));
}

/// Sets `dynamodb:ReturnValues`: what of the item the answer shows, also the answer to a condition
/// that failed. Of two, the one that shows more counts.
pub(crate) fn set_return_values(touch: &mut Touch, members: Members<'_>, refusal: &mut Refusal) {
    let values = members.one_of("ReturnValues", &["NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"]);
    let values = refusal.note(values).flatten().unwrap_or("NONE");
    touch.context.set("dynamodb:ReturnValues", with_failure(values, members, refusal));
}

/// `values`, or what a failed condition shows, where that is more.
pub(crate) fn with_failure(values: &'static str, members: Members<'_>, refusal: &mut Refusal) -> &'static str {
    let failure = refusal.note(members.one_of("ReturnValuesOnConditionCheckFailure", &["ALL_OLD", "NONE"]));
    let shows_old = failure.flatten() == Some("ALL_OLD");
    if shows_old && values != "ALL_NEW" { "ALL_OLD" } else { values }
}

const EXPRESSIONS: [(&str, Grammar); 5] = [
    ("ProjectionExpression", Grammar::Projection),
    ("KeyConditionExpression", Grammar::Condition),
    ("FilterExpression", Grammar::Condition),
    ("ConditionExpression", Grammar::Condition),
    ("UpdateExpression", Grammar::Update),
];

/// Legacy parameters whose names are attributes.
const LEGACY_MAPS: [&str; 5] = ["Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_and_legacy_parameters_both_count() {
        let request = json!({
            "ProjectionExpression": "a, #b",
            "ExpressionAttributeNames": { "#b": "beta" },
            "AttributesToGet": ["c"],
            "QueryFilter": { "d": {} },
            "ScanFilter": { "e": {} },
            "KeyConditions": { "f": {} },
            "Expected": { "g": {} },
            "AttributeUpdates": { "h": {} },
            "FilterExpression": "attribute_exists(i)",
        });
        let mut attributes = Attributes::default();
        attributes.add_expressions(Members(request.as_object().unwrap())).unwrap();
        let found: Vec<String> = attributes.0.into_iter().collect();
        assert_eq!(found, ["a", "beta", "c", "d", "e", "f", "g", "h", "i"]);
    }

    #[test]
    fn an_empty_list_of_attributes_is_none() {
        let request = json!({ "AttributesToGet": [] });
        assert!(Attributes::default().add_expressions(Members(request.as_object().unwrap())).is_err());
    }

    #[test]
    fn what_a_failed_condition_shows_counts_as_returned() {
        for (values, failure, expected) in [
            (None, None, "NONE"),
            (Some("UPDATED_NEW"), None, "UPDATED_NEW"),
            (None, Some("ALL_OLD"), "ALL_OLD"),
            (Some("UPDATED_NEW"), Some("ALL_OLD"), "ALL_OLD"),
            (Some("ALL_NEW"), Some("ALL_OLD"), "ALL_NEW"),
            (Some("ALL_OLD"), Some("NONE"), "ALL_OLD"),
        ] {
            let mut request = Map::new();
            request.extend(values.map(|values| ("ReturnValues".to_owned(), values.into())));
            request.extend(failure.map(|values| ("ReturnValuesOnConditionCheckFailure".to_owned(), values.into())));
            let mut touch = Touch::new("dynamodb:PutItem", String::new());
            let mut refusal = Refusal::default();
            set_return_values(&mut touch, Members(&request), &mut refusal);
            assert_eq!(touch.context.get("dynamodb:ReturnValues").unwrap().single(), Some(expected));
            assert!(refusal.told().is_none());
        }
    }
}
