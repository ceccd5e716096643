//! The policy that a form carries: until when it is good, and what the form's fields must be. A field that it does not
//! speak of must not be there.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;
use vocab::Timestamp;

/// A policy that was read, not yet held against anything.
#[derive(Debug)]
pub(super) struct Policy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
    /// How long the file may be.
    pub(super) length: Option<(u64, u64)>,
}

#[derive(Debug)]
enum Condition {
    Equals(String, String),
    StartsWith(String, String),
}

/// Why a form is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The policy is no document of its kind.
    Malformed(&'static str),
    /// The form is not what the policy wants.
    Invalid(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    expiration: String,
    conditions: Vec<Value>,
}

impl Policy {
    /// Reads the Base64 of a document.
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        let text: String = text.split_ascii_whitespace().collect();
        let bytes = BASE64_STANDARD.decode(text).map_err(|_| Refused::Malformed("it is not Base64."))?;
        let document: Document = serde_json::from_slice(&bytes)
            .map_err(|_| Refused::Malformed("it is not a JSON object with 'expiration' and 'conditions'."))?;
        let wrong = Refused::Malformed("'expiration' is not a date in ISO 8601.");
        let expiration = Timestamp::from_iso8601(&document.expiration).ok_or(wrong)?;
        let mut policy = Self { expiration, conditions: Vec::new(), length: None };
        for condition in document.conditions {
            policy.add(condition)?;
        }
        Ok(policy)
    }

    fn add(&mut self, condition: Value) -> Result<(), Refused> {
        match condition {
            Value::Object(members) => {
                for (name, value) in members {
                    let value = scalar(value)?;
                    self.conditions.push(Condition::Equals(name.to_ascii_lowercase(), value));
                }
            }
            Value::Array(items) => {
                let [operator, first, second] = <[Value; 3]>::try_from(items).map_err(|_| WRONG)?;
                let (operator, second) = (scalar(operator)?.to_ascii_lowercase(), scalar(second)?);
                if operator == "content-length-range" {
                    return self.limit(&scalar(first)?, &second);
                }
                let name = scalar(first)?.strip_prefix('$').map(str::to_ascii_lowercase).ok_or(WRONG)?;
                self.conditions.push(match operator.as_str() {
                    "eq" => Condition::Equals(name, second),
                    "starts-with" => Condition::StartsWith(name, second),
                    _ => return Err(WRONG),
                });
            }
            _ => return Err(WRONG),
        }
        Ok(())
    }

    /// All of several ranges hold.
    fn limit(&mut self, least: &str, most: &str) -> Result<(), Refused> {
        let number = |text: &str| text.parse::<u64>().map_err(|_| WRONG);
        let (least, most) = (number(least)?, number(most)?);
        let (known_least, known_most) = self.length.unwrap_or((0, u64::MAX));
        self.length = Some((least.max(known_least), most.min(known_most)));
        Ok(())
    }

    /// Holds the fields of a form to this bucket against the policy. Names are in lower case.
    pub(super) fn check(&self, fields: &[(String, String)], bucket: &str, now: Timestamp) -> Result<(), Refused> {
        if self.expiration <= now {
            return Err(Refused::Invalid("Policy expired.".into()));
        }
        let value = |name: &str| match name {
            "bucket" => Some(bucket),
            name => fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str()),
        };
        for condition in &self.conditions {
            if !condition.holds(value) {
                return Err(Refused::Invalid(format!("Policy Condition failed: {condition}")));
            }
        }
        let names = fields.iter().map(|(name, _)| name.as_str()).chain(["bucket"]);
        let free = |name: &str| FREE.contains(&name) || name.starts_with("x-ignore-");
        match names.into_iter().find(|name| !free(name) && !self.speaks_of(name)) {
            Some("bucket") => Err(Refused::Invalid("Policy does not name its bucket.".into())),
            Some(name) => Err(Refused::Invalid(format!("Extra input fields: {name}"))),
            None => Ok(()),
        }
    }

    fn speaks_of(&self, name: &str) -> bool {
        self.conditions.iter().any(|condition| match condition {
            Condition::Equals(field, _) | Condition::StartsWith(field, _) => field == name,
        })
    }
}

impl Condition {
    fn holds<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> bool {
        match self {
            Self::Equals(name, wanted) => value(name).unwrap_or_default() == wanted,
            Self::StartsWith(name, wanted) if name == "content-type" => {
                value(name).unwrap_or_default().split(',').all(|one| one.trim_start().starts_with(wanted.as_str()))
            }
            Self::StartsWith(name, wanted) => value(name).unwrap_or_default().starts_with(wanted.as_str()),
        }
    }
}

/// As a policy writes it.
impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (operator, name, wanted) = match self {
            Self::Equals(name, wanted) => ("eq", name, wanted),
            Self::StartsWith(name, wanted) => ("starts-with", name, wanted),
        };
        write!(f, "[\"{operator}\", \"${name}\", {wanted:?}]")
    }
}

fn scalar(value: Value) -> Result<String, Refused> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => Err(WRONG),
    }
}

const WRONG: Refused = Refused::Malformed("a condition is none.");
/// What no policy speaks of: it is the policy, and what signs it.
const FREE: [&str; 2] = ["policy", "x-amz-signature"];

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_767_355_200;

    fn policy(conditions: &str) -> Result<Policy, Refused> {
        let text = format!(r#"{{"expiration":"2026-01-02T12:00:01Z","conditions":[{conditions}]}}"#);
        Policy::read(&BASE64_STANDARD.encode(text))
    }

    fn check(conditions: &str, fields: &[(&str, &str)]) -> Result<(), Refused> {
        let fields: Vec<_> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        policy(conditions)?.check(&fields, "game", Timestamp::from_seconds(NOON))
    }

    fn invalid(text: &str) -> Result<(), Refused> {
        Err(Refused::Invalid(text.into()))
    }

    #[test]
    fn every_field_is_spoken_of_and_as_wished() {
        let conditions =
            r#"{"bucket":"game"},["starts-with","$key","ann/"],{"acl":"private"},["eq","$X-Amz-Meta-A","1"]"#;
        let fields =
            [("key", "ann/x"), ("acl", "private"), ("x-amz-meta-a", "1"), ("policy", "p"), ("x-amz-signature", "s")];
        assert_eq!(check(conditions, &fields), Ok(()));
        assert_eq!(check(conditions, &[&fields[..], &[("x-ignore-me", "x")]].concat()), Ok(()));
        let extra = check(conditions, &[&fields[..], &[("tagging", "x")]].concat());
        assert_eq!(extra, invalid("Extra input fields: tagging"));
        for (at, value, failed) in [
            (0, "bob/x", r#"["starts-with", "$key", "ann/"]"#),
            (1, "public-read", r#"["eq", "$acl", "private"]"#),
            (2, "", r#"["eq", "$x-amz-meta-a", "1"]"#),
        ] {
            let mut other = fields;
            other[at].1 = value;
            assert_eq!(check(conditions, &other), invalid(&format!("Policy Condition failed: {failed}")));
        }
        assert!(check(conditions, &fields[1..]).is_err(), "a field that is wanted and not there");
    }

    #[test]
    fn a_policy_is_for_one_bucket_and_for_a_while() {
        assert_eq!(check(r#"{"bucket":"game"}"#, &[]), Ok(()));
        assert!(check(r#"{"bucket":"other"}"#, &[("bucket", "other")]).is_err());
        assert_eq!(check("", &[]), invalid("Policy does not name its bucket."));
        let late = policy(r#"{"bucket":"game"}"#).unwrap().check(&[], "game", Timestamp::from_seconds(NOON + 1));
        assert_eq!(late, invalid("Policy expired."));
    }

    #[test]
    fn each_of_several_types_begins_as_wished() {
        let conditions = r#"{"bucket":"game"},["starts-with","$Content-Type","image/"]"#;
        assert_eq!(check(conditions, &[("content-type", "image/png, image/gif")]), Ok(()));
        assert!(check(conditions, &[("content-type", "image/png,text/html")]).is_err());
    }

    #[test]
    fn lengths_are_narrowed_and_documents_are_documents() {
        let lengths = r#"["content-length-range",1,"100"],["content-length-range","10",1000]"#;
        assert_eq!(policy(lengths).unwrap().length, Some((10, 100)));
        for wrong in [
            r#"["content-length-range",-1,1]"#,
            r#"["eq","key","a"]"#,
            r#"["ends-with","$key","a"]"#,
            r#"["eq","$key"]"#,
            r#""key""#,
            r#"{"key":null}"#,
            r#"{"key":["a"]}"#,
        ] {
            assert!(matches!(policy(wrong), Err(Refused::Malformed(_))), "{wrong}");
        }
        for wrong in [
            "{}",
            r#"{"expiration":"soon","conditions":[]}"#,
            r#"{"expiration":"2026-01-02T12:00:01Z"}"#,
            r#"{"conditions":[]}"#,
            r#"{"expiration":"2026-01-02T12:00:01Z","expiration":"2036-01-02T12:00:01Z","conditions":[]}"#,
        ] {
            assert!(matches!(Policy::read(&BASE64_STANDARD.encode(wrong)), Err(Refused::Malformed(_))), "{wrong}");
        }
        assert!(matches!(Policy::read("*"), Err(Refused::Malformed(_))));
    }
}
