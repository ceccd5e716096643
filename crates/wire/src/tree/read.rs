//! From a tree to typed values: a serde deserializer.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};

use super::{Mismatch, Name, Node};

type Result<T> = std::result::Result<T, Mismatch>;

impl Node {
    /// The one value, where siblings of one name were read as a single member.
    fn single(&self) -> Result<&Self> {
        match self {
            Self::Repeated(siblings) => match siblings.as_slice() {
                [one] => one.single(),
                _ => Err(Mismatch::because("given more than once")),
            },
            _ => Ok(self),
        }
    }

    fn string(&self, expected: &'static str) -> Result<&str> {
        match self.single()? {
            Self::Text(text) | Self::Bare(text) => Ok(text),
            _ => Err(Mismatch::because(expected)),
        }
    }

    fn items(&self) -> Result<&[Self]> {
        match self {
            Self::List(items) | Self::Repeated(items) => Ok(items),
            // `Tags=` in a form, `<TagSet/>` in a document.
            Self::Bare(text) if text.is_empty() => Ok(&[]),
            _ => Err(Mismatch::because("expected a list")),
        }
    }

    fn entries(&self) -> Result<&[(Name, Self)]> {
        match self.single()? {
            Self::Members(members) | Self::Map(members) => Ok(members),
            Self::Bare(text) if text.trim().is_empty() => Ok(&[]),
            _ => Err(Mismatch::because("expected a structure")),
        }
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(number) => visit_number(number, visitor),
            Node::Text(text) | Node::Bare(text) => visitor.visit_borrowed_str(text),
            Node::Repeated(siblings) => match siblings.as_slice() {
                [one] => one.deserialize_any(visitor),
                _ => self.deserialize_seq(visitor),
            },
            Node::List(_) => self.deserialize_seq(visitor),
            Node::Members(_) | Node::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.single()? {
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Bare(text) if text.trim() == "true" => visitor.visit_bool(true),
            Node::Bare(text) if text.trim() == "false" => visitor.visit_bool(false),
            _ => Err(Mismatch::because("expected `true` or `false`")),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.single()? {
            Node::Number(number) => visit_number(number, visitor),
            Node::Bare(text) => {
                let text = text.trim();
                if let Ok(number) = text.parse::<i64>() {
                    return visitor.visit_i64(number);
                }
                let number = text.parse::<u64>().map_err(|_| Mismatch::because("expected an integer"))?;
                visitor.visit_u64(number)
            }
            _ => Err(Mismatch::because("expected an integer")),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.single()? {
            Node::Number(number) => visit_number(number, visitor),
            Node::Bare(text) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => visitor.visit_f64(number),
                _ => Err(Mismatch::because("expected a number")),
            },
            _ => Err(Mismatch::because("expected a number")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_borrowed_str(self.string("expected a text")?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let expected = "expected bytes in base64";
        let bytes = STANDARD.decode(self.string(expected)?).map_err(|_| Mismatch::because(expected))?;
        visitor.visit_byte_buf(bytes)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    /// An operation without members takes any: unknown members are ignored.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.entries()?;
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Items { items: self.items()?.iter().enumerate(), at: 0 })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Entries { entries: self.entries()?.iter(), current: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let expected = "expected one of the known values";
        match self.single()? {
            Node::Text(text) | Node::Bare(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            Node::Members(members) | Node::Map(members) => match members.as_slice() {
                [(name, content)] => visitor.visit_enum(Variant { name, content }),
                _ => Err(Mismatch::because(expected)),
            },
            _ => Err(Mismatch::because(expected)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    /// A structure is never read from a list, as serde's formats otherwise allow.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &serde_json::Number, visitor: V) -> Result<V::Value> {
    if let Some(number) = number.as_i64() {
        return visitor.visit_i64(number);
    }
    if let Some(number) = number.as_u64() {
        return visitor.visit_u64(number);
    }
    visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
}

struct Items<'de> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
    at: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mismatch;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some((at, item)) = self.items.next() else { return Ok(None) };
        self.at = at + 1;
        seed.deserialize(item).map(Some).map_err(|error| error.below(&self.at.to_string()))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'de> {
    entries: std::slice::Iter<'de, (Name, Node)>,
    current: Option<(&'de str, &'de Node)>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Mismatch;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, value)) = self.entries.next() else { return Ok(None) };
        self.current = Some((name, value));
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        let (name, value) = self.current.take().ok_or_else(|| Mismatch::because("a value without its name"))?;
        seed.deserialize(value).map_err(|error| error.below(name))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

struct Variant<'de> {
    name: &'de str,
    content: &'de Node,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mismatch;
    type Variant = &'de Node;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
        let name: StrDeserializer<'_, Mismatch> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for &'de Node {
    type Error = Mismatch;

    fn unit_variant(self) -> Result<()> {
        <()>::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }
}

impl Mismatch {
    pub(crate) fn because(why: impl Into<String>) -> Self {
        Self { path: String::new(), why: why.into() }
    }

    /// The same seen from the structure that has the member `name`.
    fn below(mut self, name: &str) -> Self {
        let name: String = name.chars().take(MAX_NAME).collect();
        self.path = if self.path.is_empty() { name } else { format!("{name}.{}", self.path) };
        self
    }
}

/// Values stay out of the words: they may be secrets.
impl Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self::because(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::because(format!("expected {expected}"))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::because(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::because(format!("expected one of [{}]", expected.join(", ")))
    }
}

/// How much of a member's name is told.
const MAX_NAME: usize = 64;
