//! The condition keys of one request.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// What a request says about itself: condition keys and their values. Looking up ignores case.
/// A key that is not set is absent, which is not the same as empty.
#[derive(Debug, Clone, Default)]
pub struct Context {
    entries: Vec<(Cow<'static, str>, Value)>,
    /// The hash of each key, in the order of the entries: looking a key up reads these and hardly a text.
    hashes: Vec<u32>,
    /// Where each key stands, as soon as there are many: a request may name as many tags as fit into its body.
    index: Option<Index>,
    /// The keys that hold where these say nothing.
    under: Option<Arc<Context>>,
}

/// A condition key as policies hold it, ready to be looked up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Key {
    text: Box<str>,
    hash: u32,
}

/// Places of keys, by a hash that no sender can foresee. Where a hash is taken by another key, the next number is.
#[derive(Debug, Clone, Default)]
struct Index(HashMap<u64, usize>);

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
        Self { entries: Vec::new(), hashes: Vec::new(), index: None, under: None }
    }

    /// A context with room for `keys` keys.
    pub fn with_capacity(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), hashes: Vec::with_capacity(keys), index: None, under: None }
    }

    /// All keys of `under`, shared, with room for `keys` keys more: what is set takes the place of what was there.
    pub fn over(under: Arc<Context>, keys: usize) -> Self {
        Self { under: Some(under), ..Self::with_capacity(keys) }
    }

    /// Sets a key; an earlier value of the same key, in whatever case, is replaced.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        let (key, value) = (key.into(), value.into());
        let hash = folded_hash(&key);
        match self.position(hash, &key).and_then(|at| self.entries.get_mut(at)) {
            Some(entry) => entry.1 = value,
            None => self.push(hash, key, value),
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
        if let Some(under) = &other.under {
            self.merge(under);
        }
        self.extend(other.entries.iter().cloned());
    }

    /// The value of a key, whatever the case of its spelling.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.found(folded_hash(key), key)
    }

    /// The value of a policy's key.
    pub(crate) fn value(&self, key: &Key) -> Option<&Value> {
        self.found(key.hash, &key.text)
    }

    /// Every key with its value: those set last in the order of setting, then those under them.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&str, &Value)> + '_> {
        let own = self.entries.iter().map(|(key, value)| (key.as_ref(), value));
        match &self.under {
            None => Box::new(own),
            Some(under) => {
                let hidden = |key: &str| self.position(folded_hash(key), key).is_some();
                Box::new(own.chain(under.iter().filter(move |(key, _)| !hidden(key))))
            }
        }
    }

    fn found(&self, hash: u32, key: &str) -> Option<&Value> {
        match self.position(hash, key) {
            Some(place) => self.entries.get(place).map(|(_, value)| value),
            None => self.under.as_ref()?.found(hash, key),
        }
    }

    fn position(&self, hash: u32, key: &str) -> Option<usize> {
        let is_key = |at: usize| self.entries.get(at).is_some_and(|(name, _)| same_ignoring_case(name, key));
        match &self.index {
            Some(index) => index.place(key, is_key).ok(),
            None => {
                let mut places = self.hashes.iter().enumerate().filter(|(_, other)| **other == hash);
                places.find(|(at, _)| is_key(*at)).map(|(at, _)| at)
            }
        }
    }

    fn push(&mut self, hash: u32, key: Cow<'static, str>, value: Value) {
        self.entries.push((key, value));
        self.hashes.push(hash);
        let last = self.entries.len() - 1;
        match &mut self.index {
            Some(index) => index.add(&self.entries, last),
            None if last < FEW => {}
            None => {
                let index = self.index.insert(Index::default());
                (0..=last).for_each(|at| index.add(&self.entries, at));
            }
        }
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Key {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.into(), hash: folded_hash(text) }
    }

    /// The key as written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl Index {
    /// The place of a key, or the number at which it can be added.
    fn place(&self, key: &str, is_key: impl Fn(usize) -> bool) -> Result<usize, u64> {
        let mut hasher = self.0.hasher().build_hasher();
        lower(key).for_each(|character| hasher.write_u32(character.into()));
        let mut number = hasher.finish();
        while let Some(at) = self.0.get(&number) {
            if is_key(*at) {
                return Ok(*at);
            }
            number = number.wrapping_add(1);
        }
        Err(number)
    }

    /// Adds the key of an entry; no other entry has it.
    fn add(&mut self, entries: &[(Cow<'static, str>, Value)], at: usize) {
        let key = entries.get(at).map_or("", |(key, _)| key);
        if let Err(free) = self.place(key, |_| false) {
            self.0.insert(free, at);
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
    if left.len() == right.len() && (left == right || left.eq_ignore_ascii_case(right)) {
        return true;
    }
    if left.is_ascii() && right.is_ascii() {
        return false;
    }
    lower(left).eq(lower(right))
}

/// A hash that all texts share which differ in case at most. It only spares comparisons: anybody can find two texts
/// with the same.
fn folded_hash(text: &str) -> u32 {
    if text.is_ascii() { hash(text.as_bytes()) } else { hash(lower(text).collect::<String>().as_bytes()) }
}

/// Setting one bit in every byte folds the case of letters, and of nothing else that keys are told apart by.
fn hash(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let mixed = words.iter().chain([&last]).fold(bytes.len() as u64, |hash, word| {
        let mixed = (hash ^ (u64::from_le_bytes(*word) | FOLD)).wrapping_mul(ODD);
        mixed ^ mixed >> 32
    });
    mixed as u32
}

/// The characters of a text as all texts have them that differ in case at most.
pub(crate) fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

/// So many keys are looked through faster than they are found by an index.
const FEW: usize = 64;
/// The bit that upper and lower case differ in, in each of eight bytes.
const FOLD: u64 = 0x2020_2020_2020_2020;
/// The odd number nearest to 2⁶⁴ divided by the golden ratio.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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
    fn what_is_set_takes_the_place_of_what_is_under_it() {
        let under: Context = [("aws:SourceIp", "1.2.3.4"), ("aws:username", "ada")].into_iter().collect();
        let mut context = Context::over(Arc::new(under), 1);
        assert_eq!(context.get("AWS:UserName").and_then(Value::single), Some("ada"));
        context.set("AWS:sourceip", "5.6.7.8");
        assert_eq!(context.get("aws:SourceIp").and_then(Value::single), Some("5.6.7.8"));
        let all: Vec<&str> = context.iter().map(|(key, _)| key).collect();
        assert_eq!(all, ["AWS:sourceip", "aws:username"]);
        let mut merged = Context::new();
        merged.merge(&context);
        assert_eq!(merged.get("aws:SourceIp").and_then(Value::single), Some("5.6.7.8"));
        assert_eq!(merged.iter().count(), 2);
    }

    #[test]
    fn many_keys_are_found_as_few_are_and_without_looking_through_all() {
        let mut context = Context::new();
        for number in 0..2_000 {
            context.set(format!("aws:RequestTag/{number}\u{c9}"), number);
        }
        context.set("AWS:requesttag/7\u{e9}", "seven");
        assert_eq!(context.get("aws:RequestTag/7\u{c9}").and_then(Value::single), Some("seven"));
        assert_eq!(context.iter().count(), 2_000);
        assert!(context.get("aws:RequestTag/7").is_none());

        let index = context.index.as_ref().unwrap();
        let compared = Cell::new(0);
        for (at, (key, _)) in context.iter().enumerate() {
            let is_key = |other| {
                compared.set(compared.get() + 1);
                other == at
            };
            assert_eq!(index.place(key, is_key), Ok(at));
        }
        assert!(compared.get() < 2_100, "{compared:?}");
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
