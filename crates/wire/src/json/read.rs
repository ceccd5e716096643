//! Reading JSON requests.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Formatter;

use bytes::Bytes;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::tree::{MAX_DEPTH, MAX_VALUES, Members, Node};
use crate::{Input, Invocation, Malformed, Request};

/// The operation that `X-Amz-Target` names.
pub(crate) fn invocation<'r>(
    target: &str,
    request: &Request<'_>,
    input: fn(Bytes) -> Input,
) -> Result<Invocation<'r>, Malformed> {
    let operation = operation(target, request)?;
    if request.method != http::Method::POST {
        return Err(Malformed::MethodNotAllowed);
    }
    Ok(Invocation { operation, input: input(request.body.clone()), route: None })
}

/// The tree of an object's members. Nulls are absent.
pub(crate) fn members(body: &[u8]) -> Result<Node, Malformed> {
    if body.is_empty() {
        return Ok(Node::Members(Vec::new()));
    }
    let values = Cell::new(0);
    let node = read(body, Value { depth: 0, values: &values })?;
    match node {
        Node::Members(_) => Ok(node),
        _ => Err(Malformed::Document("expected an object".to_owned())),
    }
}

/// A typed value straight from the bytes. Nulls stay, nesting is bounded by `serde_json`.
pub(crate) fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Malformed> {
    let body = if body.is_empty() { b"{}" } else { body };
    if !read(body, Unique)? {
        return Err(Malformed::Document("expected an object".to_owned()));
    }
    // A serde error of a typed value may show the value.
    serde_json::from_slice(body).map_err(|error| Malformed::Document(place("unexpected value", &error)))
}

/// Whether `X-Amz-Target` names this service.
pub(crate) fn is_of_service(target: &str, request: &Request<'_>) -> bool {
    named(request).is_some_and(|(service, _)| service == target)
}

fn operation(target: &str, request: &Request<'_>) -> Result<String, Malformed> {
    let Some((service, operation)) = named(request) else {
        return Err(Malformed::UnknownOperation(String::new()));
    };
    if service != target || !is_operation(operation) {
        let shown = operation.chars().filter(char::is_ascii_alphanumeric).take(MAX_OPERATION).collect();
        return Err(Malformed::UnknownOperation(shown));
    }
    Ok(operation.to_owned())
}

/// Service and operation of the one `X-Amz-Target`.
fn named<'a>(request: &Request<'a>) -> Option<(&'a str, &'a str)> {
    let mut targets = request.headers.get_all("x-amz-target").iter();
    let (Some(named), None) = (targets.next(), targets.next()) else { return None };
    let (service, operation) = named.to_str().ok()?.rsplit_once('.')?;
    // Old mobile SDKs put a package name before the service's.
    Some((service.rsplit_once('.').map_or(service, |(_, service)| service), operation))
}

/// Whether a text can be the name of an operation.
pub(crate) fn is_operation(name: &str) -> bool {
    (1..=MAX_OPERATION).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn read<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, Malformed> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = seed.deserialize(&mut reader).map_err(|error| explain(&error))?;
    reader.end().map_err(|error| explain(&error))?;
    Ok(value)
}

/// Only our own visitors run under this: the words hold no value.
fn explain(error: &serde_json::Error) -> Malformed {
    let shown = if error.is_data() { error.to_string() } else { place("not JSON", error) };
    Malformed::Document(shown)
}

fn place(what: &str, error: &serde_json::Error) -> String {
    format!("{what} at line {} column {}", error.line(), error.column())
}

/// Builds a tree.
#[derive(Clone, Copy)]
struct Value<'c> {
    depth: usize,
    values: &'c Cell<usize>,
}

impl Value<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("too deeply nested"));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = Node;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(serde_json::Number::from_f64(value).map_or(Node::Null, Node::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let deeper = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(deeper)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let deeper = self.deeper()?;
        let mut members = Members::new();
        let mut seen = Seen::default();
        while let Some(name) = map.next_key::<String>()? {
            seen.add(name.clone())?;
            let value = map.next_value_seed(deeper)?;
            if value != Node::Null {
                members.push((Cow::Owned(name), value));
            }
        }
        Ok(Node::Members(members))
    }
}

/// Walks a document and refuses members of one name. Yields whether the document is an object.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = bool;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<bool, A::Error> {
        while list.next_element_seed(Self)?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut seen = Seen::default();
        while let Some(name) = map.next_key::<String>()? {
            seen.add(name)?;
            map.next_value_seed(Self)?;
        }
        Ok(true)
    }
}

/// The names of one object so far: compared one by one while they are few.
#[derive(Default)]
struct Seen {
    few: Vec<String>,
    many: HashSet<String>,
}

impl Seen {
    fn add<E: Error>(&mut self, name: String) -> Result<(), E> {
        let fresh = !self.few.contains(&name);
        let fresh = if self.few.len() < FEW {
            self.few.push(name);
            fresh
        } else {
            fresh && self.many.insert(name)
        };
        if fresh { Ok(()) } else { Err(E::custom("a member is given more than once")) }
    }
}

const FEW: usize = 16;

/// How long an operation's name may be.
pub(crate) const MAX_OPERATION: usize = 128;
