//! The tags of objects.

use std::collections::BTreeMap;

use http::Method;

use super::Upstream;
use super::exchange::Ask;
use crate::Error;
use crate::backend::{At, Found};

impl Upstream {
    /// The tags of a version. `None`: it is gone.
    pub(super) async fn tags(
        &self,
        at: At<'_>,
        version: Option<&str>,
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        let ask = Ask::object(Method::GET, at).flag("tagging").parameter("versionId", version);
        match self.document(ask).await {
            // An object that never had tags: some engines answer nothing.
            Ok((_, root)) if root.name.is_empty() => Ok(Some(BTreeMap::new())),
            Ok((_, root)) if root.name == "Tagging" => {
                let set = root.child("TagSet").ok_or_else(|| self.nonsense("tags without a set"))?;
                let tags =
                    set.all("Tag").map(|tag| Some((tag.text_of("Key")?.to_owned(), tag.text_of("Value")?.to_owned())));
                let tags: Option<_> = tags.collect();
                tags.map(Some).ok_or_else(|| self.nonsense("a tag without key or value"))
            }
            Ok(_) => Err(self.nonsense("tags")),
            Err(Error::NoSuchKey(_) | Error::NoSuchVersion) => Ok(None),
            Err(Error::Engine(refused)) if refused.code == "NoSuchTagSet" => Ok(Some(BTreeMap::new())),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn replace_tags(
        &self,
        at: At<'_>,
        found: &Found,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        // No engine takes tags on a condition: those that the decision saw are compared once more.
        if self.tags(at, found.version.as_deref()).await?.as_ref() != Some(&found.object.headers.tags) {
            return Err(Error::OperationAborted);
        }
        self.put_tags(at, found.version.as_deref(), tags).await
    }

    pub(super) async fn put_tags(
        &self,
        at: At<'_>,
        version: Option<&str>,
        tags: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let method = if tags.is_empty() { Method::DELETE } else { Method::PUT };
        let mut ask = Ask::object(method, at).flag("tagging").parameter("versionId", version);
        ask.repeats = true;
        if !tags.is_empty() {
            ask = ask.document(document(tags))?;
        }
        self.carry_out(ask).await.map(drop)
    }
}

fn document(tags: &BTreeMap<String, String>) -> String {
    let tag = |(name, value): (&String, &String)| {
        format!("<Tag><Key>{}</Key><Value>{}</Value></Tag>", escaped(name), escaped(value))
    };
    let tags: String = tags.iter().map(tag).collect();
    format!("<Tagging xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><TagSet>{tags}</TagSet></Tagging>")
}

/// A text that cannot leave its element.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            control if control.is_control() => out.push_str(&format!("&#x{:X};", u32::from(control))),
            other => out.push(other),
        }
    }
    out
}
