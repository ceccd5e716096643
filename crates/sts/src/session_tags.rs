//! Session tags and source identity (`spec/sts.md`, section 6).

use std::collections::BTreeMap;

use operation::Violations;
use operation::check::word;
use serde_json::{Map, Value};

use crate::Error;
use crate::shapes::Tag;

/// The tags of a session that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionTags {
    /// By key.
    pub tags: BTreeMap<String, String>,
    /// The keys that chained sessions inherit.
    pub transitive: Vec<String>,
}

impl SessionTags {
    /// The tags of a request: keys are unique ignoring case, transitive keys are among them. Transitive keys take the
    /// spelling of their tags, so that a chained session finds them.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>, transitive: Vec<String>) -> Result<Self, Error> {
        let mut tags = BTreeMap::new();
        let mut spellings = BTreeMap::new();
        for (key, value) in pairs {
            if spellings.insert(folded(&key), key.clone()).is_some() {
                let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
                return Err(Error::InvalidParameterValue(text.into()));
            }
            tags.insert(key, value);
        }
        let mut spelled = Vec::with_capacity(transitive.len());
        for key in transitive {
            let Some(spelling) = spellings.get(&folded(&key)) else {
                let text = "The specified transitive tag key must be included in the requested tags.";
                return Err(Error::InvalidParameterValue(text.into()));
            };
            if !spelled.contains(spelling) {
                spelled.push(spelling.clone());
            }
        }
        Ok(Self { tags, transitive: spelled })
    }

    /// The tags that a verified token carries.
    pub fn of_claims(claims: &Map<String, Value>) -> Result<Self, Error> {
        let malformed = || Error::InvalidIdentityToken(format!("Malformed claim: {CLAIM}"));
        let Some(claim) = claims.get(CLAIM) else { return Ok(Self::default()) };
        let claim = claim.as_object().ok_or_else(malformed)?;
        let mut pairs = Vec::new();
        if let Some(principal) = claim.get("principal_tags") {
            for (key, value) in principal.as_object().ok_or_else(malformed)? {
                let value = match value {
                    Value::Array(values) => match values.as_slice() {
                        [Value::String(one)] => one,
                        _ => return Err(malformed()),
                    },
                    Value::String(one) => one,
                    _ => return Err(malformed()),
                };
                pairs.push((key.clone(), value.clone()));
            }
        }
        let transitive = match claim.get("transitive_tag_keys") {
            None => Vec::new(),
            Some(Value::Array(keys)) => {
                let keys: Option<Vec<String>> = keys.iter().map(|key| key.as_str().map(str::to_owned)).collect();
                keys.ok_or_else(malformed)?
            }
            Some(_) => return Err(malformed()),
        };
        Self::of_provider(pairs, transitive, malformed)
    }

    /// The tags that a provider vouches for. Errs with `malformed` where one has not the form of a tag.
    pub fn of_provider(
        pairs: Vec<(String, String)>,
        transitive: Vec<String>,
        malformed: impl Fn() -> Error,
    ) -> Result<Self, Error> {
        let shaped = |text: &str, longest| text.chars().count() <= longest && text.chars().all(allowed);
        let fits = pairs.len() <= MOST
            && pairs.iter().all(|(key, value)| !key.is_empty() && shaped(key, 128) && shaped(value, 256));
        if !fits {
            return Err(malformed());
        }
        Self::new(pairs, transitive)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Adds what a chained session inherits: it cannot be overridden.
    pub fn inherit(mut self, tags: &BTreeMap<String, String>, transitive: &[String]) -> Result<Self, Error> {
        for key in transitive {
            if self.tags.keys().any(|own| folded(own) == folded(key)) {
                let text = "One of the specified transitive tag keys can't be set because it conflicts with a transitive \
                            tag key from the calling session.";
                return Err(Error::InvalidParameterValue(text.into()));
            }
        }
        for key in transitive {
            if let Some(value) = tags.get(key) {
                self.tags.insert(key.clone(), value.clone());
                self.transitive.push(key.clone());
            }
        }
        Ok(self)
    }
}

/// The one spelling of keys that differ in case at most: letter by letter, as the policy language compares them.
fn folded(key: &str) -> String {
    key.chars().flat_map(char::to_lowercase).collect()
}

/// The constraints of tags in a request.
pub fn check(violations: &mut Violations, tags: &[Tag], transitive: &[String]) {
    violations.count("tags", tags.len(), 0, MOST).count("transitiveTagKeys", transitive.len(), 0, MOST);
    for (index, tag) in tags.iter().enumerate() {
        let path = |member: &str| format!("tags.{}.member.{member}", index + 1);
        violations.required(&path("key"), tag.key.as_ref()).required(&path("value"), tag.value.as_ref());
        if let Some(key) = &tag.key {
            violations.length(&path("key"), key, 1, 128).pattern(
                &path("key"),
                key,
                "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
                allowed,
            );
        }
        if let Some(value) = &tag.value {
            violations.length(&path("value"), value, 0, 256).pattern(
                &path("value"),
                value,
                "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
                allowed,
            );
        }
    }
}

/// The constraints of a source identity.
pub fn check_source_identity(violations: &mut Violations, identity: Option<&String>) {
    if let Some(identity) = identity {
        let path = "sourceIdentity";
        violations.length(path, identity, 2, 64).pattern(path, identity, "[\\w+=,.@-]*", identity_letter);
    }
}

/// The source identity that a verified token carries.
pub fn source_identity_of_claims(claims: &Map<String, Value>) -> Result<Option<String>, Error> {
    match claims.get(SOURCE_IDENTITY) {
        None => Ok(None),
        Some(Value::String(identity))
            if (2..=64).contains(&identity.len()) && identity.chars().all(identity_letter) =>
        {
            Ok(Some(identity.clone()))
        }
        Some(_) => Err(Error::InvalidIdentityToken(format!("Malformed claim: {SOURCE_IDENTITY}"))),
    }
}

/// No colon: nothing begins with `aws:`.
fn identity_letter(c: char) -> bool {
    word(c) || "+=,.@-".contains(c)
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
fn allowed(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || c.is_whitespace() && !c.is_control() || "_.:/=+-@".contains(c)
}

const CLAIM: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
const MOST: usize = 50;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tags(pairs: &[(&str, &str)], transitive: &[&str]) -> Result<SessionTags, Error> {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        SessionTags::new(pairs, transitive.iter().map(|key| (*key).to_owned()).collect())
    }

    #[test]
    fn keys_differ_by_more_than_case() {
        assert!(tags(&[("Team", "a"), ("team", "b")], &[]).is_err());
        assert!(tags(&[("Team", "a")], &["other"]).is_err());
        assert!(tags(&[("Team", "a")], &["team"]).is_ok());
    }

    #[test]
    fn inherited_tags_cannot_be_overridden() {
        let inherited = BTreeMap::from([("Team".to_owned(), "a".to_owned())]);
        assert!(tags(&[("team", "b")], &[]).unwrap().inherit(&inherited, &["Team".into()]).is_err());
        let chained = tags(&[("x", "y")], &[]).unwrap().inherit(&inherited, &["Team".into()]).unwrap();
        assert_eq!(chained.tags.get("Team").map(String::as_str), Some("a"));
        assert_eq!(chained.transitive, ["Team"]);
    }

    #[test]
    fn a_letter_that_looks_another_at_the_end_of_a_word_is_the_same_letter() {
        let sigma = tags(&[("\u{391}\u{3a3}", "a")], &["\u{3b1}\u{3c3}"]).unwrap();
        assert!(tags(&[("\u{3b1}\u{3c3}", "b")], &[]).unwrap().inherit(&sigma.tags, &sigma.transitive).is_err());
    }

    #[test]
    fn a_transitive_key_in_another_case_is_inherited_too() {
        let first = tags(&[("Team", "red")], &["team", "TEAM"]).unwrap();
        assert_eq!(first.transitive, ["Team"]);
        let chained = SessionTags::default().inherit(&first.tags, &first.transitive).unwrap();
        assert_eq!(chained.tags.get("Team").map(String::as_str), Some("red"));
        let umlaut = tags(&[("\u{c4}mter", "a")], &["\u{e4}mter"]).unwrap();
        assert!(tags(&[("\u{e4}mter", "b")], &[]).unwrap().inherit(&umlaut.tags, &umlaut.transitive).is_err());
    }

    #[test]
    fn a_source_identity_of_a_token_has_the_form_of_one() {
        let read = |claim: Value| source_identity_of_claims(json!({ SOURCE_IDENTITY: claim }).as_object().unwrap());
        assert_eq!(read(json!("ada@home")).unwrap().as_deref(), Some("ada@home"));
        for bad in [json!("a"), json!("aws:ada"), json!("a b"), json!("x".repeat(65)), json!(["ada"]), json!(null)] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_of_a_token() {
        let read = |claim: Value| SessionTags::of_claims(json!({ CLAIM: claim }).as_object().unwrap());
        let good = read(json!({ "principal_tags": { "a": ["1"], "b": "2" }, "transitive_tag_keys": ["a"] })).unwrap();
        assert_eq!((good.tags.len(), good.transitive.len()), (2, 1));
        for bad in [
            json!(1),
            json!({ "principal_tags": { "a": ["1", "2"] } }),
            json!({ "principal_tags": { "a": [1] } }),
            json!({ "transitive_tag_keys": "a" }),
        ] {
            assert!(read(bad.clone()).is_err(), "{bad}");
        }
    }
}
