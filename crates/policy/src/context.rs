//! The condition keys of one request.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Serialize, Serializer};

/// What a request says about itself: condition keys and their values. Looking up ignores case.
/// A key that is not set is absent, which is not the same as empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    entries: Vec<(Cow<'static, str>, Value)>,
    /// Where each key stands, by its folded spelling, as soon as there are many: a request may name as
    /// many tags as fit into its body.
    index: Option<HashMap<String, usize>>,
}

/// The value of one condition key: one text, or the list of a multivalued key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The value of a single-valued key.
    One(Cow<'static, str>),
    /// The values of a multivalued key, also when there is only one or none.
    Many(Vec<String>),
}

impl Context {
    /// A context without any key.
    pub const fn new() -> Self {
        Self { entries: Vec::new(), index: None }
    }

    /// A context with room for `keys` keys.
    pub fn with_capacity(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), index: None }
    }

    /// Sets a key; an earlier value of the same key, in whatever case, is replaced.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.position(&key).and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => entry.1 = value,
            None => self.push(key, value),
        }
    }

    /// Sets a key where there is a value, and leaves the context alone where there is none.
    pub fn set_some(&mut self, key: impl Into<Cow<'static, str>>, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// Sets every key of `other`; its values replace those of the same keys.
    pub fn merge(&mut self, other: &Context) {
        self.extend(other.entries.iter().cloned());
    }

    /// The value of a key, whatever the case of its spelling.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.get(self.position(key)?).map(|(_, value)| value)
    }

    /// Every key with its value, in the order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
    }

    fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(&folded(key)).copied(),
            None => self.entries.iter().position(|(name, _)| same_ignoring_case(name, key)),
        }
    }

    fn push(&mut self, key: Cow<'static, str>, value: Value) {
        if let Some(index) = &mut self.index {
            index.insert(folded(&key), self.entries.len());
        }
        self.entries.push((key, value));
        if self.index.is_none() && self.entries.len() > FEW {
            let places = self.entries.iter().enumerate().map(|(at, (key, _))| (folded(key), at));
            self.index = Some(places.collect());
        }
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Value>> Extend<(K, V)> for Context {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| self.set(key, value));
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Value>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut context = Self::new();
        context.extend(entries);
        context
    }
}

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Value {
    /// The value of a single-valued key, where it is not empty: what a policy variable stands for.
    pub fn single(&self) -> Option<&str> {
        match self {
            Self::One(text) if !text.is_empty() => Some(text),
            Self::One(_) | Self::Many(_) => None,
        }
    }

    /// Every value.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let (one, many) = match self {
            Self::One(text) => (Some(text.as_ref()), &[][..]),
            Self::Many(texts) => (None, texts.as_slice()),
        };
        one.into_iter().chain(many.iter().map(String::as_str))
    }

    /// Whether there is no value at all: the empty list.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Many(texts) if texts.is_empty())
    }

    /// Whether the value says nothing: no value, or a single empty text.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::One(text) => text.is_empty(),
            Self::Many(texts) => texts.iter().all(String::is_empty) && texts.len() < 2,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::One(text) => serializer.serialize_str(text),
            Self::Many(texts) => texts.serialize(serializer),
        }
    }
}

impl From<Cow<'static, str>> for Value {
    fn from(text: Cow<'static, str>) -> Self {
        Self::One(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::One(text.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::One(text.to_owned().into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::One(if value { "true" } else { "false" }.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::One(number.to_string().into())
    }
}

impl From<Vec<String>> for Value {
    fn from(texts: Vec<String>) -> Self {
        Self::Many(texts)
    }
}

/// Whether two texts differ in case at most.
pub(crate) fn same_ignoring_case(left: &str, right: &str) -> bool {
    if left.len() == right.len() && left.eq_ignore_ascii_case(right) {
        return true;
    }
    if left.is_ascii() && right.is_ascii() {
        return false;
    }
    lower(left).eq(lower(right))
}

/// The one spelling of all texts that differ in case at most.
fn folded(text: &str) -> String {
    lower(text).collect()
}

fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// So many keys are looked through faster than they are found by an index.
const FEW: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_ignore_case_and_the_last_value_stands() {
        let mut context = Context::new();
        context.set("aws:PrincipalTag/Team", "red");
        context.set("AWS:principaltag/TEAM", "blue");
        assert_eq!(context.get("aws:principalTag/team").and_then(Value::single), Some("blue"));
        assert_eq!(context.iter().count(), 1);
        context.set("aws:PrincipalTag/\u{c9}quipe", true);
        assert!(context.get("aws:principaltag/\u{e9}quipe").is_some());
    }

    #[test]
    fn many_keys_are_found_as_few_are_and_without_looking_through_all() {
        let mut context = Context::new();
        // With a look through all keys for each, this would take hours.
        for number in 0..300_000 {
            context.set(format!("aws:RequestTag/{number}\u{c9}"), number);
        }
        context.set("AWS:requesttag/7\u{e9}", "seven");
        assert_eq!(context.get("aws:RequestTag/7\u{c9}").and_then(Value::single), Some("seven"));
        assert_eq!(context.iter().count(), 300_000);
        assert!(context.get("aws:RequestTag/7").is_none());
    }

    #[test]
    fn a_variable_stands_for_one_text_only() {
        assert_eq!(Value::from("x").single(), Some("x"));
        assert_eq!(Value::from("").single(), None);
        assert_eq!(Value::from(vec!["x".to_owned()]).single(), None);
    }

    #[test]
    fn null_is_nothing_or_one_empty_text() {
        assert!(Value::from("").is_null() && Value::from(vec![]).is_null());
        assert!(Value::from(vec![String::new()]).is_null());
        assert!(!Value::from(vec![String::new(), String::new()]).is_null());
        assert!(!Value::from("0").is_null());
    }
}
