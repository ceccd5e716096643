//! Tags: what they may be, how decisions see them, how they change.

use std::collections::BTreeMap;

use operation::{Need, Violations};

use crate::Error;
use crate::shapes::Tag;

/// Tags that were checked, in the order of the request.
pub type Checked = Vec<(String, String)>;

/// Holds the tags of a request against their constraints; paths count from 1, as IAM's do.
pub fn check(violations: &mut Violations, tags: Option<Vec<Tag>>) -> Checked {
    let tags = tags.unwrap_or_default();
    violations.count("tags", tags.len(), 0, MOST);
    let mut checked = Vec::new();
    for (index, Tag { key, value }) in tags.into_iter().enumerate() {
        let member = |name: &str| format!("tags.{}.member.{name}", index + 1);
        violations.required(&member("key"), key.as_ref()).required(&member("value"), value.as_ref());
        let (key, value) = (key.unwrap_or_default(), value.unwrap_or_default());
        check_text(violations, &member("key"), &key, 1, 128, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+");
        check_text(violations, &member("value"), &value, 0, 256, "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*");
        checked.push((key, value));
    }
    checked
}

/// Holds the keys of a request against their constraints.
pub fn check_keys(violations: &mut Violations, keys: Option<Vec<String>>) -> Vec<String> {
    violations.required(TAG_KEYS, keys.as_ref());
    let keys = keys.unwrap_or_default();
    violations.count(TAG_KEYS, keys.len(), 0, MOST);
    let is_key = |key: &String| (1..=128).contains(&key.chars().count()) && key.chars().all(is_allowed);
    if !keys.iter().all(is_key) {
        violations.add(TAG_KEYS, "", KEYS_CONSTRAINT);
    }
    keys
}

/// The tags of a new entity whose tag keys ignore case.
pub fn first(tags: Checked) -> Result<BTreeMap<String, String>, Error> {
    let mut kept = BTreeMap::new();
    put(&mut kept, &tags)?;
    Ok(kept)
}

/// Adds or overwrites tags whose keys ignore case.
pub fn put(kept: &mut BTreeMap<String, String>, tags: &Checked) -> Result<(), Error> {
    let twice = |(at, (key, _)): (usize, &(String, String))| {
        tags.iter().take(at).any(|(other, _)| other.eq_ignore_ascii_case(key))
    };
    if tags.iter().enumerate().any(twice) {
        let text = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
        return Err(Error::InvalidInput(text.into()));
    }
    not_reserved(tags)?;
    for (key, value) in tags {
        remove(kept, std::slice::from_ref(key));
        kept.insert(key.clone(), value.clone());
    }
    within_quota(kept)
}

/// Adds or overwrites tags whose keys are told apart by case.
pub fn put_exactly(kept: &mut BTreeMap<String, String>, tags: &Checked) -> Result<(), Error> {
    if tags.iter().enumerate().any(|(at, (key, _))| tags.iter().take(at).any(|(other, _)| other == key)) {
        return Err(Error::InvalidInput("Duplicate tag keys found.".into()));
    }
    not_reserved(tags)?;
    kept.extend(tags.iter().cloned());
    within_quota(kept)
}

/// Removes tags whose keys ignore case. Keys that are not there do not matter.
pub fn remove(kept: &mut BTreeMap<String, String>, keys: &[String]) {
    kept.retain(|own, _| !keys.iter().any(|key| key.eq_ignore_ascii_case(own)));
}

/// Whether a request has tags: then tagging is asked for too.
pub fn any(tags: Option<&Vec<Tag>>) -> bool {
    tags.is_some_and(|tags| !tags.is_empty())
}

/// The needs that `make` makes, each with the tags of the request: `aws:RequestTag` and `aws:TagKeys`.
pub fn requested(tags: Option<&Vec<Tag>>, make: impl Fn() -> Vec<Need>) -> Vec<Need> {
    let Some(tags) = tags.filter(|tags| !tags.is_empty()) else { return make() };
    let keys: Vec<String> = tags.iter().filter_map(|tag| tag.key.clone()).collect();
    let pairs = tags.iter().take(MOST).filter_map(|tag| Some((tag.key.as_deref()?, tag.value.as_deref()?)));
    let mut needs = Vec::new();
    for variant in variants(pairs) {
        for need in make() {
            let mut need = need.with("aws:TagKeys", keys.clone());
            for (key, value) in &variant {
                need = need.with(format!("aws:RequestTag/{key}"), *value);
            }
            needs.push(need);
        }
    }
    needs
}

/// The needs with the keys that a request removes.
pub fn removed(needs: Vec<Need>, keys: Option<&Vec<String>>) -> Vec<Need> {
    let keys = keys.cloned().unwrap_or_default();
    needs.into_iter().map(|need| need.with("aws:TagKeys", keys.clone())).collect()
}

/// The ways in which decisions can see these tags: condition keys ignore case, so of keys that
/// differ in case alone each way shows one. Mostly there is one way.
pub fn variants<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Vec<(&'a str, &'a str)>> {
    let mut first: Vec<(&str, &str)> = Vec::new();
    let mut others = Vec::new();
    for tag in tags {
        match first.iter().position(|(key, _)| key.eq_ignore_ascii_case(tag.0)) {
            None => first.push(tag),
            Some(at) => others.push((at, tag)),
        }
    }
    let mut variants = Vec::new();
    for (at, tag) in others {
        let mut variant = first.clone();
        variant.remove(at);
        variant.push(tag);
        variants.push(variant);
    }
    variants.insert(0, first);
    variants
}

fn check_text(violations: &mut Violations, path: &str, text: &str, least: usize, most: usize, pattern: &str) {
    violations.length(path, text, least, most).pattern(path, text, pattern, is_allowed);
}

/// Letters, separators, digits and a few signs.
fn is_allowed(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

fn not_reserved(tags: &Checked) -> Result<(), Error> {
    if tags.iter().any(|(key, _)| key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))) {
        let text = "aws: prefixed tag key names are not allowed for external use.";
        return Err(Error::InvalidInput(text.into()));
    }
    Ok(())
}

fn within_quota(kept: &BTreeMap<String, String>) -> Result<(), Error> {
    if kept.len() > MOST {
        return Err(Error::LimitExceeded("The number of tags has reached the maximum limit.".into()));
    }
    Ok(())
}

const MOST: usize = 50;
const TAG_KEYS: &str = "tagKeys";
const KEYS_CONSTRAINT: &str = "Member must satisfy constraint: [Member must have length less than or equal to 128, \
                               Member must have length greater than or equal to 1, Member must satisfy regular \
                               expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+, Member must not be null]";

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(tags: &[(&str, &str)]) -> Checked {
        tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn keys_that_differ_in_case_alone_are_one_key() {
        let mut kept = first(pairs(&[("Team", "red"), ("cost", "1")])).unwrap();
        put(&mut kept, &pairs(&[("TEAM", "blue")])).unwrap();
        assert_eq!(kept, BTreeMap::from([("TEAM".into(), "blue".into()), ("cost".into(), "1".into())]));
        remove(&mut kept, &["team".to_owned()]);
        assert_eq!(kept.len(), 1);
        assert!(matches!(first(pairs(&[("a", "1"), ("A", "2")])), Err(Error::InvalidInput(_))));
        assert!(put_exactly(&mut kept, &pairs(&[("a", "1"), ("A", "2")])).is_ok());
    }

    #[test]
    fn reserved_keys_and_too_many_are_refused() {
        assert!(matches!(first(pairs(&[("AWS:x", "1")])), Err(Error::InvalidInput(_))));
        let many: Checked = (0..51).map(|number| (number.to_string(), String::new())).collect();
        assert!(matches!(first(many), Err(Error::LimitExceeded(_))));
    }

    #[test]
    fn each_spelling_of_a_key_is_decided() {
        let tags = [("a", "good"), ("b", "1"), ("A", "bad")];
        let shown = variants(tags.into_iter());
        assert_eq!(shown, [vec![("a", "good"), ("b", "1")], vec![("b", "1"), ("A", "bad")]]);
        assert_eq!(variants(std::iter::empty()), [Vec::new()]);
    }

    #[test]
    fn violations_name_the_member_and_not_its_value() {
        let mut violations = Violations::without_values();
        let tag = |key: &str| Tag { key: Some(key.to_owned()), value: Some(String::new()) };
        check(&mut violations, Some(vec![tag("ok"), tag(&"x".repeat(129))]));
        let text = violations.finish().unwrap_err().to_string();
        let wanted = "1 validation error detected: Value at 'tags.2.member.key' failed to satisfy constraint: Member \
                      must have length less than or equal to 128";
        assert_eq!(text, wanted);
    }
}
