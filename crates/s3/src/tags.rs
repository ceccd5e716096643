//! Tags of buckets and of objects: their wire shape, what they may be, and the condition keys that they make.

use std::collections::BTreeMap;

use operation::Need;
use percent_encoding::percent_decode_str;
use policy::Context;
use serde::{Deserialize, Serialize};

use crate::Error;

/// Tags by their keys.
pub type Tags = BTreeMap<String, String>;

/// What has tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Bucket,
    Object,
}

/// The document of a tag set.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tagging {
    tag_set: TagSet,
}

/// A list of tags.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagSet {
    #[serde(rename = "Tag", default)]
    tags: Vec<Tag>,
}

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

impl Tagging {
    /// These tags.
    pub fn new(tags: Tags) -> Self {
        Self { tag_set: TagSet { tags: tags.into_iter().map(|(key, value)| Tag { key, value }).collect() } }
    }

    /// The tags, as [`TagSet::checked`].
    pub fn checked(self, of: Of) -> Result<Tags, Error> {
        self.tag_set.checked(of)
    }
}

impl TagSet {
    /// The tags, if there may be so many and each can be one.
    pub fn checked(self, of: Of) -> Result<Tags, Error> {
        checked(self.tags.into_iter().map(|Tag { key, value }| Ok((key, value))), of)
    }
}

/// Reads the header `x-amz-tagging` of an object: `key=value&key=value`.
pub fn from_header(text: &str) -> Result<Tags, Error> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8();
        decoded.map(|text| text.into_owned()).map_err(|_| WRONG_HEADER)
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(key)?, decode(value)?))
    });
    checked(pairs, Of::Object)
}

/// Adds the keys of tags that a request brings for an object.
pub fn add_request_keys(keys: &mut Context, tags: &Tags) {
    add_keys(keys, "s3:RequestObjectTag/", tags);
    if !tags.is_empty() {
        keys.set("s3:RequestObjectTagKeys", tags.keys().cloned().collect::<Vec<_>>());
    }
}

/// Adds the keys of tags that an object has.
pub fn add_existing_keys(keys: &mut Context, tags: &Tags) {
    add_keys(keys, "s3:ExistingObjectTag/", tags);
}

/// Sets the keys of tags that a request brings for a bucket.
pub fn with_request_tags<'a>(mut need: Need, tags: impl Iterator<Item = (&'a String, &'a String)>) -> Need {
    let mut names = Vec::new();
    for (name, value) in tags {
        need.context.set(format!("aws:RequestTag/{name}"), value.as_str());
        names.push(name.clone());
    }
    if names.is_empty() { need } else { need.with("aws:TagKeys", names) }
}

fn add_keys(keys: &mut Context, prefix: &str, tags: &Tags) {
    for (name, value) in tags {
        keys.set(format!("{prefix}{name}"), value.as_str());
    }
}

fn checked(given: impl Iterator<Item = Result<(String, String), Error>>, of: Of) -> Result<Tags, Error> {
    let mut tags = Tags::new();
    for tag in given {
        let (key, value) = tag?;
        check(&key, &value)?;
        if tags.insert(key, value).is_some() {
            return Err(Error::InvalidTag("Cannot provide multiple Tags with the same key"));
        }
        match of {
            Of::Bucket if tags.len() > 50 => {
                return Err(Error::InvalidTag("Bucket tag count cannot be greater than 50"));
            }
            Of::Object if tags.len() > 10 => return Err(Error::BadRequest("Object tags cannot be greater than 10")),
            Of::Bucket | Of::Object => {}
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
