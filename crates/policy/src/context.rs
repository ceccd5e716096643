//! The condition keys of one request.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

/// What a request says about itself: condition keys and their values. Looking up ignores case.
/// A key that is not set is absent, which is not the same as empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    entries: Vec<(Cow<'static, str>, Value)>,
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
        Self { entries: Vec::new() }
    }

    /// A context with room for `keys` keys.
    pub fn with_capacity(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys) }
    }

    /// Sets a key; an earlier value of the same key, in whatever case, is replaced.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        match self.entries.iter_mut().find(|(name, _)| same_ignoring_case(name, &key)) {
            Some(entry) => entry.1 = value,
            None => self.entries.push((key, value)),
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
        self.entries.iter().find(|(name, _)| same_ignoring_case(name, key)).map(|(_, value)| value)
    }

    /// Every key with its value, in the order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
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
    let folded = |text| str::chars(text).flat_map(char::to_lowercase);
    folded(left).eq(folded(right))
}

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
