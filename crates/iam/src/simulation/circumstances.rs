//! The condition keys of a simulated request: what the caller of the simulation says, each value held against the type
//! that it is said to have.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use policy::{Context, Reading, Value};
use serde::Deserialize;

use crate::Error;
use crate::checks::Checks;

/// One condition key with its values.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextEntry {
    context_key_name: Option<String>,
    context_key_values: Option<Vec<String>>,
    context_key_type: Option<String>,
}

/// Holds the entries against their constraints.
pub fn check(checks: &mut Checks, entries: &[ContextEntry]) {
    for (index, entry) in entries.iter().enumerate() {
        let member = |name: &str| format!("contextEntries.{}.member.{name}", index + 1);
        if let Some(name) = &entry.context_key_name {
            checks.length(&member("contextKeyName"), name, 5, 256);
        }
        checks.one_of(&member("contextKeyType"), entry.context_key_type.as_deref(), &TYPES);
    }
}

/// Sets every key of the entries. A value that no operator could read would silently match nothing, so it is refused;
/// so is a key that is given twice, since one of the two would be lost.
pub fn set(context: &mut Context, entries: Vec<ContextEntry>) -> Result<(), Error> {
    let mut given = Context::new();
    let mut room = MOST_TEXT;
    for entry in entries {
        let name =
            entry.context_key_name.ok_or_else(|| invalid("A context entry has no ContextKeyName.".to_owned()))?;
        let values = entry.context_key_values.unwrap_or_default();
        let length = values.iter().map(String::len).sum::<usize>() + name.len();
        room = room.checked_sub(length).ok_or_else(|| {
            invalid(format!("The context entries are longer than the {MOST_TEXT} bytes that a simulation takes."))
        })?;
        if given.get(&name).is_some() {
            return Err(invalid(format!("The context key {name} is given twice.")));
        }
        let kind = entry.context_key_type.as_deref().unwrap_or("string");
        given.set(name.clone(), read(&name, kind, values)?);
    }
    context.merge(&given);
    Ok(())
}

fn read(name: &str, kind: &str, values: Vec<String>) -> Result<Value, Error> {
    let (single, is_list) = kind.strip_suffix("List").map_or((kind, false), |single| (single, true));
    if let Some(bad) = values.iter().find(|value| !is_of(single, value)) {
        let shown: String = bad.chars().take(LONGEST_SHOWN).collect();
        return Err(invalid(format!("The value {shown} of the context key {name} is not of the type {single}.")));
    }
    if is_list {
        return Ok(Value::Many(values));
    }
    match <[String; 1]>::try_from(values) {
        Ok([value]) => Ok(Value::from(value)),
        Err(values) => Err(invalid(format!(
            "The context key {name} is of the type {kind}, which has one value, and is given {}.",
            values.len()
        ))),
    }
}

fn is_of(kind: &str, value: &str) -> bool {
    match kind {
        "numeric" => Reading::Number.reads(value),
        "boolean" => Reading::Boolean.reads(value),
        "ip" => Reading::Address.reads(value),
        "date" => Reading::Instant.reads(value),
        "binary" => BASE64_STANDARD.decode(value).is_ok(),
        _ => true,
    }
}

fn invalid(text: String) -> Error {
    Error::InvalidInput(text)
}

const TYPES: [&str; 12] = [
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
];
const MOST_TEXT: usize = 65_536;
const LONGEST_SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: Option<&str>, values: &[&str]) -> ContextEntry {
        ContextEntry {
            context_key_name: Some(name.to_owned()),
            context_key_values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            context_key_type: kind.map(str::to_owned),
        }
    }

    fn text(entries: Vec<ContextEntry>) -> String {
        set(&mut Context::new(), entries).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn every_type_takes_its_values_and_no_others() {
        for (kind, good, bad) in [
            ("numeric", "1.5", "many"),
            ("boolean", "true", "1"),
            ("ip", "10.0.0.1", "10.0.0.0/8"),
            ("date", "2026-01-02T03:04:05Z", "monday"),
            ("binary", "AAEC", "*"),
        ] {
            assert_eq!(text(vec![entry("aws:key", Some(kind), &[good])]), "");
            let wanted = format!("The value {bad} of the context key aws:key is not of the type {kind}.");
            assert_eq!(text(vec![entry("aws:key", Some(kind), &[bad])]), wanted);
            let list = format!("{kind}List");
            assert_eq!(text(vec![entry("aws:key", Some(&list), &[good, good])]), "");
            assert_eq!(text(vec![entry("aws:key", Some(&list), &[])]), "");
            assert_eq!(text(vec![entry("aws:key", Some(&list), &[good, bad])]), wanted);
        }
        assert_eq!(text(vec![entry("aws:key", None, &["anything"])]), "");
    }

    #[test]
    fn one_value_is_one_value() {
        let wanted = "The context key aws:key is of the type string, which has one value, and is given 2.";
        assert_eq!(text(vec![entry("aws:key", Some("string"), &["a", "b"])]), wanted);
        let wanted = "The context key aws:key is of the type ip, which has one value, and is given 0.";
        assert_eq!(text(vec![entry("aws:key", Some("ip"), &[])]), wanted);
    }

    #[test]
    fn no_key_is_lost_and_none_is_without_bounds() {
        let twice = vec![entry("aws:key", None, &["a"]), entry("AWS:KEY", None, &["b"])];
        assert_eq!(text(twice), "The context key AWS:KEY is given twice.");
        let long = "x".repeat(MOST_TEXT);
        assert!(text(vec![entry("aws:key", None, &[&long])]).contains("longer than"));
        let nameless = ContextEntry { context_key_name: None, ..entry("", None, &["a"]) };
        assert_eq!(text(vec![nameless]), "A context entry has no ContextKeyName.");
    }
}
