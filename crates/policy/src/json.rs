//! JSON as policy documents need it: members keep their order, none occurs twice, numbers become text.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// The number and the text it stands for in a condition.
    Number(serde_json::Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The one value that the whole text is; `serde_json` bounds the nesting.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The text of a scalar as a condition value.
    pub(crate) fn scalar(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Null | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The text of a string.
    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Object(_) => None,
        }
    }

    /// The members of an object.
    pub(crate) fn object(self) -> Option<Vec<(String, Json)>> {
        match self {
            Self::Object(members) => Some(members),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(name, value)| map.serialize_entry(name, value))?;
                map.end()
            }
        }
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        serde_json::Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members: Vec<(String, Json)> = Vec::new();
        // Empty as long as there are few.
        let mut names = HashSet::new();
        while let Some((name, value)) = access.next_entry::<String, Json>()? {
            if members.len() == FEW {
                names.extend(members.iter().map(|(other, _)| other.clone()));
            }
            let new = match members.len() < FEW {
                true => members.iter().all(|(other, _)| *other != name),
                false => names.insert(name.clone()),
            };
            if !new {
                return Err(A::Error::custom("a member occurs twice"));
            }
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// So many names are looked through faster than they are found.
const FEW: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_may_not_occur_twice_at_any_depth() {
        assert!(Json::parse(r#"{"a":1,"b":{"a":1}}"#).is_some());
        assert!(Json::parse(r#"{"a":1,"a":1}"#).is_none());
        assert!(Json::parse(r#"[{"x":{"a":1,"\u0061":2}}]"#).is_none());
    }

    #[test]
    fn a_member_may_not_occur_twice_among_many_either() {
        let members: Vec<String> = (0..3 * FEW).map(|number| format!(r#""{number}":0"#)).collect();
        for count in 1..members.len() {
            let many = members.iter().take(count).cloned().collect::<Vec<_>>().join(",");
            assert!(Json::parse(&format!("{{{many}}}")).is_some());
            for again in members.iter().take(count) {
                assert!(Json::parse(&format!("{{{many},{again}}}")).is_none(), "{many} {again}");
            }
        }
    }

    #[test]
    fn nesting_and_trailing_text_are_refused_not_followed() {
        assert!(Json::parse(&"[".repeat(100_000)).is_none());
        assert!(Json::parse("{} {}").is_none());
    }

    #[test]
    fn written_again_it_is_the_same_document() {
        let text = r#"{"b":[1,1.5,true,null,"x\"y"],"a":{}}"#;
        assert_eq!(serde_json::to_string(&Json::parse(text).unwrap()).unwrap(), text);
    }
}
