//! Requests that the engine cannot read, told in DynamoDB's words.

use crate::error::Error;

/// The error for what a request's reader said. The engine marks some of its texts with the exception that
/// they stand for; the rest is serde's.
pub(super) fn unreadable(operation: &str, text: &str) -> Error {
    let marked = |mark: &str| text.strip_prefix(mark).map(str::to_owned);
    if let Some(text) = marked("VALIDATION_REQUEST:") {
        let wrapped = matches!(operation, "PutItem" | "UpdateItem" | "DeleteItem");
        return Error::Validation(if wrapped { format!("1 validation error detected: {text}") } else { text });
    }
    if let Some(text) = marked("VALIDATION:").or_else(|| marked("VALIDATION_AS_READ:")) {
        return Error::Validation(text);
    }
    if let Some(text) = marked("SERIALIZATION:").or_else(|| marked("SERIALIZATION_AS_READ:")) {
        return Error::Serialization(text);
    }
    if text.contains("empty AttributeValue") {
        return Error::validation(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        );
    }
    let about_values = ["missing field", "unknown variant", "invalid type: null", "Supplied AttributeValue"];
    if about_values.iter().any(|start| text.contains(start)) {
        return Error::validation(text);
    }
    Error::Serialization(mismatch(text).unwrap_or_else(|| text.to_owned()))
}

/// `NUMBER_VALUE cannot be converted to String` and its siblings, from `invalid type: …, expected …`.
fn mismatch(text: &str) -> Option<String> {
    let (found, wanted) = text.strip_prefix("invalid type: ")?.split_once(", expected ")?;
    if found == "sequence" || found == "map" || wanted == "a sequence" || wanted.starts_with("a map") {
        let start = if found == "sequence" { "collection" } else { "structure or map" };
        let simple = !matches!(found, "sequence" | "map");
        let unexpected = "Unexpected field type".to_owned();
        return Some(if simple { unexpected } else { format!("Start of {start} found where not expected") });
    }
    let found = match found.split(' ').next()? {
        "integer" => "NUMBER_VALUE",
        "floating" => "DECIMAL_VALUE",
        "string" => "STRING_VALUE",
        "boolean" if found.contains("true") => "TRUE_VALUE",
        "boolean" => "FALSE_VALUE",
        _ => return None,
    };
    let wanted = match wanted {
        "a string" => "String",
        "a boolean" => "Boolean",
        "i64" | "u64" | "usize" | "i32" => "Integer",
        _ => return None,
    };
    Some(format!("{found} cannot be converted to {wanted}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of<T: serde::de::DeserializeOwned>(operation: &str, value: serde_json::Value) -> (bool, String) {
        let Err(error) = serde_json::from_value::<T>(value) else { panic!("it can be read") };
        match unreadable(operation, &error.to_string()) {
            Error::Validation(text) => (true, text),
            Error::Serialization(text) => (false, text),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_value_of_another_type_is_told_as_dynamodb_does() {
        type Get = dynoxide::actions::get_item::GetItemRequest;
        let key = json!({ "a": { "S": "x" } });
        let told = |value: serde_json::Value| of::<Get>("GetItem", value);
        let text = told(json!({ "TableName": 23, "Key": key })).1;
        assert_eq!(text, "NUMBER_VALUE cannot be converted to String");
        let text = told(json!({ "TableName": true, "Key": key })).1;
        assert_eq!(text, "TRUE_VALUE cannot be converted to String");
        assert!(!told(json!({ "TableName": "abc", "Key": [] })).0);
        assert!(told(json!({ "TableName": "abc", "Key": { "a": {} } })).0);
        assert!(told(json!({ "TableName": "abc" })).0);
    }
}
