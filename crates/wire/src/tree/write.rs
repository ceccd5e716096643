//! From typed values to a tree: a serde serializer. Absent members leave no trace.

use std::borrow::Cow;
use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{
    Error, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, Serializer,
};

use super::{Members, Node};
use crate::reply::Unwritable;

type Result<T> = std::result::Result<T, Unwritable>;

/// The tree of a value.
pub(crate) fn to_node<T: Serialize + ?Sized>(value: &T) -> Result<Node> {
    value.serialize(ToNode)
}

struct ToNode;

impl Serializer for ToNode {
    type Ok = Node;
    type Error = Unwritable;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = List;
    type SerializeTupleVariant = Impossible<Node, Unwritable>;
    type SerializeMap = Entries;
    type SerializeStruct = Structure;
    type SerializeStructVariant = Structure;

    fn serialize_bool(self, value: bool) -> Result<Node> {
        Ok(Node::Bool(value))
    }

    fn serialize_i64(self, value: i64) -> Result<Node> {
        Ok(Node::Number(value.into()))
    }

    fn serialize_u64(self, value: u64) -> Result<Node> {
        Ok(Node::Number(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Node> {
        serde_json::Number::from_f64(value)
            .map(Node::Number)
            .ok_or_else(|| Unwritable::custom("a number is not finite"))
    }

    fn serialize_str(self, value: &str) -> Result<Node> {
        Ok(Node::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Node> {
        Ok(Node::Text(STANDARD.encode(value)))
    }

    fn serialize_none(self) -> Result<Node> {
        Ok(Node::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Node> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Node> {
        Ok(Node::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node> {
        Ok(Node::Null)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Node> {
        Ok(Node::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<Node> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Node> {
        Ok(Node::Members(vec![(Cow::Borrowed(variant), value.serialize(self)?)]))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<List> {
        Ok(List(Vec::with_capacity(length.unwrap_or(0))))
    }

    fn serialize_tuple(self, length: usize) -> Result<List> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<List> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant> {
        Err(Unwritable::custom("no protocol has tuples with a name"))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Entries> {
        Ok(Entries { entries: Vec::with_capacity(length.unwrap_or(0)), key: None })
    }

    fn serialize_struct(self, _: &'static str, length: usize) -> Result<Structure> {
        Ok(Structure { members: Vec::with_capacity(length), variant: None })
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Structure> {
        Ok(Structure { members: Vec::with_capacity(length), variant: Some(variant) })
    }

    fn serialize_i8(self, value: i8) -> Result<Node> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<Node> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<Node> {
        self.serialize_i64(value.into())
    }

    fn serialize_u8(self, value: u8) -> Result<Node> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<Node> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<Node> {
        self.serialize_u64(value.into())
    }

    fn serialize_f32(self, value: f32) -> Result<Node> {
        self.serialize_f64(value.into())
    }

    fn serialize_char(self, value: char) -> Result<Node> {
        Ok(Node::Text(value.to_string()))
    }
}

struct List(Vec<Node>);

impl SerializeSeq for List {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.0.push(to_node(value)?);
        Ok(())
    }

    fn end(self) -> Result<Node> {
        Ok(Node::List(self.0))
    }
}

impl SerializeTuple for List {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Node> {
        SerializeSeq::end(self)
    }
}

impl SerializeTupleStruct for List {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Node> {
        SerializeSeq::end(self)
    }
}

struct Entries {
    entries: Members,
    key: Option<String>,
}

impl SerializeMap for Entries {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let key = to_node(key)?;
        let text = key.text().ok_or_else(|| Unwritable::custom("a map's key is not a text"))?;
        self.key = Some(text.into_owned());
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let key = self.key.take().ok_or_else(|| Unwritable::custom("a map's value has no key"))?;
        let value = to_node(value)?;
        if value != Node::Null {
            self.entries.push((Cow::Owned(key), value));
        }
        Ok(())
    }

    fn end(self) -> Result<Node> {
        Ok(Node::Map(self.entries))
    }
}

struct Structure {
    members: Members,
    variant: Option<&'static str>,
}

impl SerializeStruct for Structure {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        let value = to_node(value)?;
        if value != Node::Null {
            self.members.push((Cow::Borrowed(name), value));
        }
        Ok(())
    }

    fn end(self) -> Result<Node> {
        let members = Node::Members(self.members);
        Ok(match self.variant {
            None => members,
            Some(variant) => Node::Members(vec![(Cow::Borrowed(variant), members)]),
        })
    }
}

impl SerializeStructVariant for Structure {
    type Ok = Node;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Result<Node> {
        SerializeStruct::end(self)
    }
}

impl Error for Unwritable {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }
}
