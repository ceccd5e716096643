//! Reading members out of a request document, with the one meaning that the engine gives them too.

use serde_json::{Map, Value};

use crate::error::Error;

/// An object of named members.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Members<'a>(pub(crate) &'a Map<String, Value>);

/// The members of a request that is an object, all of which the operation has.
///
/// Errs at a member that the operation does not have: the engine might know it. Nulls are refused
/// too: whether a null is an absent member is a question that has two answers.
pub(crate) fn members<'a>(document: &'a Value, known: &[&str]) -> Result<Members<'a>, Error> {
    let Value::Object(members) = document else {
        return Err(Error::Serialization("expected an object".to_owned()));
    };
    for (name, value) in members {
        if !known.contains(&name.as_str()) {
            let shown: String = name.chars().take(LONGEST_SHOWN).collect();
            return Err(Error::validation(format!("`{shown}` is no member of this operation")));
        }
        if value.is_null() {
            return Err(Error::validation(format!("`{name}` must not be null")));
        }
    }
    Ok(Members(members))
}

impl<'a> Members<'a> {
    /// Any member.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }

    /// Whether the member is there.
    pub(crate) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text.
    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Error> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::Serialization(format!("`{name}` must be a string"))),
        }
    }

    /// A text that must be there.
    pub(crate) fn required_text(self, name: &str) -> Result<&'a str, Error> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A text that is one of these.
    pub(crate) fn one_of(self, name: &str, allowed: &[&'static str]) -> Result<Option<&'static str>, Error> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let found = allowed.iter().find(|value| **value == text).copied();
        found.map(Some).ok_or_else(|| {
            let shown: String = text.chars().take(LONGEST_SHOWN).collect();
            Error::validation(format!(
                "1 validation error detected: Value '{shown}' at '{}' failed to satisfy constraint: Member must \
                 satisfy enum value set: [{}]",
                camel(name),
                allowed.join(", ")
            ))
        })
    }

    /// A map.
    pub(crate) fn map(self, name: &str) -> Result<Option<&'a Map<String, Value>>, Error> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(_) => Err(Error::Serialization(format!("`{name}` must be an object"))),
        }
    }

    /// A map that must be there.
    pub(crate) fn required_map(self, name: &str) -> Result<&'a Map<String, Value>, Error> {
        self.map(name)?.ok_or_else(|| missing(name))
    }

    /// A list; no list is an empty one.
    pub(crate) fn list(self, name: &str) -> Result<&'a [Value], Error> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(Error::Serialization(format!("`{name}` must be a list"))),
        }
    }

    /// A list of texts; no list is an empty one.
    pub(crate) fn texts(self, name: &str) -> Result<Vec<&'a str>, Error> {
        let texts = self.list(name)?.iter().map(|item| {
            item.as_str().ok_or_else(|| Error::Serialization(format!("`{name}` must be a list of strings")))
        });
        texts.collect()
    }
}

/// The error for a member that must be there.
pub(crate) fn missing(name: &str) -> Error {
    Error::validation(format!(
        "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
        camel(name)
    ))
}

fn camel(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

const LONGEST_SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_operation_does_not_have_is_refused() {
        let known = &["TableName", "Key"];
        assert!(members(&json!({ "TableName": "scores", "Key": {} }), known).is_ok());
        for bad in [
            json!({ "TableName": "scores", "tableName": "other" }),
            json!({ "TableName": "scores", "IndexName": "x" }),
            json!({ "TableName": null }),
            json!(["TableName"]),
            json!("TableName"),
        ] {
            assert!(members(&bad, known).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_member_of_another_type_is_refused() {
        let document = json!({ "TableName": 7, "Keys": {}, "Names": ["a", 1] });
        let members = members(&document, &["TableName", "Keys", "Names"]).unwrap();
        assert!(members.text("TableName").is_err());
        assert!(members.list("Keys").is_err());
        assert!(members.texts("Names").is_err());
        assert!(members.map("Absent").unwrap().is_none());
    }
}
