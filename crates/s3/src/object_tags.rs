//! Tags of objects: their wire shape, their bounds, and the condition keys they make.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use policy::Context;
use serde::{Deserialize, Serialize};

use crate::Error;

/// The document of a tag set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tagging {
    tag_set: TagSet,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TagSet {
    #[serde(rename = "Tag", default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

impl Tagging {
    /// These tags.
    pub fn of(tags: BTreeMap<String, String>) -> Self {
        let tags = tags.into_iter().map(|(key, value)| Tag { key, value });
        Self { tag_set: TagSet { tags: tags.collect() } }
    }

    /// The tags, if there may be so many and each can be one.
    pub fn checked(self) -> Result<BTreeMap<String, String>, Error> {
        checked(self.tag_set.tags.into_iter().map(|Tag { key, value }| Ok((key, value))))
    }
}

/// Reads the header `x-amz-tagging`: `key=value&key=value`.
pub fn from_header(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.map(|text| text.into_owned()).map_err(|_| WRONG_HEADER)
    };
    checked(text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    }))
}

/// Adds the keys of tags that a request brings.
pub fn add_request_keys(keys: &mut Context, tags: &BTreeMap<String, String>) {
    add_keys(keys, "s3:RequestObjectTag/", tags);
    if !tags.is_empty() {
        keys.set("s3:RequestObjectTagKeys", tags.keys().cloned().collect::<Vec<_>>());
    }
}

/// Adds the keys of tags that an object has.
pub fn add_existing_keys(keys: &mut Context, tags: &BTreeMap<String, String>) {
    add_keys(keys, "s3:ExistingObjectTag/", tags);
}

fn add_keys(keys: &mut Context, prefix: &str, tags: &BTreeMap<String, String>) {
    for (name, value) in tags {
        keys.set(format!("{prefix}{name}"), value.as_str());
    }
}

fn checked(given: impl Iterator<Item = Result<(String, String), Error>>) -> Result<BTreeMap<String, String>, Error> {
    let mut tags = BTreeMap::new();
    for tag in given {
        let (key, value) = tag?;
        check(&key, &value)?;
        if tags.insert(key, value).is_some() {
            return Err(Error::InvalidTag("Cannot provide multiple Tags with the same key"));
        }
        if tags.len() > MOST {
            return Err(Error::BadRequest("Object tags cannot be greater than 10"));
        }
    }
    Ok(tags)
}

fn check(key: &str, value: &str) -> Result<(), Error> {
    let is_plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
    if !(1..=128).contains(&key.chars().count()) || !is_plain(key) {
        return Err(Error::InvalidTag("The TagKey you have provided is invalid"));
    }
    if value.chars().count() > 256 || !is_plain(value) {
        return Err(Error::InvalidTag("The TagValue you have provided is invalid"));
    }
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(Error::InvalidTag("System tags cannot be added/updated by requester"));
    }
    Ok(())
}

const MOST: usize = 10;
const WRONG_HEADER: Error = Error::InvalidArgument(
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name \
     duplicates.",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_once_each() {
        let read = from_header("a=1&b+c=%C3%A9&d").unwrap();
        let wanted = [("a", "1"), ("b c", "\u{e9}"), ("d", "")];
        assert_eq!(read, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let long = "x".repeat(129);
        for bad in ["a=1&a=2", "=1", "a=%FF", &long, "a&b&c&d&e&f&g&h&i&j&k", "aws:a=1", "a=%3C", "a%00=1"] {
            assert!(from_header(bad).is_err(), "{bad}");
        }
    }
}
