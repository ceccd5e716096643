//! Tags of buckets: their wire shape, and what they may be.

use std::collections::BTreeMap;

use operation::Need;
use serde::{Deserialize, Serialize};

use crate::Error;

/// A set of tags.
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

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    key: String,
    value: String,
}

impl Tagging {
    /// These tags.
    pub fn of(tags: &BTreeMap<String, String>) -> Self {
        let tags = tags.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() });
        Self { tag_set: TagSet { tags: tags.collect() } }
    }

    /// The tags, if each can be one.
    pub fn checked(self) -> Result<BTreeMap<String, String>, Error> {
        self.tag_set.checked()
    }
}

impl TagSet {
    /// The tags, if each can be one.
    pub fn checked(self) -> Result<BTreeMap<String, String>, Error> {
        if self.tags.len() > MOST {
            return Err(Error::InvalidTag("Bucket tag count cannot be greater than 50"));
        }
        let mut tags = BTreeMap::new();
        for Tag { key, value } in self.tags {
            check(&key, &value)?;
            if tags.insert(key, value).is_some() {
                return Err(Error::InvalidTag("Cannot provide multiple Tags with the same key"));
            }
        }
        Ok(tags)
    }
}

/// Sets the condition keys of tags that a request brings.
pub fn with_request_tags<'a>(mut need: Need, tags: impl Iterator<Item = (&'a String, &'a String)>) -> Need {
    let mut names = Vec::new();
    for (name, value) in tags {
        need.context.set(format!("aws:RequestTag/{name}"), value.as_str());
        names.push(name.clone());
    }
    if names.is_empty() { need } else { need.with("aws:TagKeys", names) }
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

const MOST: usize = 50;
