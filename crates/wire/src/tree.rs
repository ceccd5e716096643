//! The members of a request or an answer, between bytes and typed values.

mod read;
mod write;

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

pub(crate) use write::to_node;

/// A member's name. Names of our own shapes are static and cost nothing.
pub(crate) type Name = Cow<'static, str>;

/// Named values, in order. INVARIANT: readers make no two with one name.
pub(crate) type Members = Vec<(Name, Node)>;

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Nothing: absent among members.
    Null,
    /// A truth value of a JSON document or an output.
    Bool(bool),
    /// A number of a JSON document or an output.
    Number(serde_json::Number),
    /// Text that is known to be a text.
    Text(String),
    /// Text of a form, a header or an XML element: the type that is read decides what it means.
    Bare(String),
    /// A list.
    List(Vec<Node>),
    /// XML siblings of one name: a list, or the one value of a member.
    Repeated(Vec<Node>),
    /// The members of a structure.
    Members(Members),
    /// The entries of a map. Only Query writes them differently from members.
    Map(Members),
}

/// Why a tree is not the value it was read as, and where. Never holds a value of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at `{path}`: {why}")]
pub(crate) struct Mismatch {
    /// The member, as `Tags.1.Key`; empty at the root.
    pub(crate) path: String,
    /// What was expected.
    pub(crate) why: String,
}

impl Node {
    /// Reads a typed value.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Mismatch> {
        T::deserialize(self)
    }

    /// The scalar as text; `None` for everything else.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Text(text) | Self::Bare(text) => Some(Cow::Borrowed(text)),
            Self::Null | Self::List(_) | Self::Repeated(_) | Self::Members(_) | Self::Map(_) => None,
        }
    }
}

/// A tree written as JSON.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) | Self::Bare(text) => serializer.serialize_str(text),
            Self::List(items) | Self::Repeated(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Members(members) | Self::Map(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

/// How deep a document may nest.
pub(crate) const MAX_DEPTH: usize = 32;

/// How many values a document may have. The largest honest one completes an upload of 10,000 parts.
pub(crate) const MAX_VALUES: usize = 100_000;
