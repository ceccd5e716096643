//! Deleting many objects with one request.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use store::records::buckets::{Bucket, Versioning};
use wire::Element;

use super::exchange::{About, Ask};
use super::tags::escaped;
use super::{NULL, Upstream};
use crate::Error;
use crate::backend::{At, Deleted, Doomed};
use crate::conditions::Precondition;

/// What was asked for, and what the engine says of it.
type Told<'a> = BTreeMap<(&'a str, Option<&'a str>), Result<Deleted, Error>>;

impl Upstream {
    /// Those of which an engine can say in a document what became of them go together, the others one by one.
    pub(super) async fn remove_all(
        &self,
        bucket: &Bucket,
        doomed: &[Doomed<'_>],
    ) -> Result<Vec<Result<Deleted, Error>>, Error> {
        let mut together = BTreeSet::new();
        for one in doomed.iter().filter(|one| one.precondition == Precondition::None) {
            if self.takes(one.key) && is_plain(one.key) {
                together.insert((one.key, one.version));
            }
        }
        let mut told = if together.len() > 1 { self.delete_together(bucket, &together).await? } else { Told::new() };
        let mut outcomes = Vec::new();
        for one in doomed {
            // What was asked for twice is gone: once more it is deleted as by a request of its own.
            outcomes.push(match told.remove(&(one.key, one.version)) {
                Some(outcome) if one.precondition == Precondition::None => outcome,
                Some(_) | None => self.remove(At { bucket, key: one.key }, one.version, &one.precondition).await,
            });
        }
        Ok(outcomes)
    }

    async fn delete_together<'a>(
        &self,
        bucket: &Bucket,
        together: &BTreeSet<(&'a str, Option<&'a str>)>,
    ) -> Result<Told<'a>, Error> {
        let objects = together.iter().map(|(key, version)| {
            let version = version.map(|version| format!("<VersionId>{}</VersionId>", escaped(version)));
            format!("<Object><Key>{}</Key>{}</Object>", escaped(key), version.unwrap_or_default())
        });
        let objects: String = objects.collect();
        let mut ask = Ask::bucket(Method::POST, bucket)
            .flag("delete")
            .document(format!("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{objects}</Delete>"))?;
        // As of one: only where no second marker would be made.
        ask.repeats = bucket.versioning == Versioning::Off;
        let (_, root) = match self.document(ask).await {
            // An engine that knows no such request is asked for each.
            Err(Error::Engine(refused)) if UNKNOWN.contains(&refused.code.as_str()) => return Ok(Told::new()),
            outcome => outcome?,
        };
        if root.name != "DeleteResult" {
            return Err(self.nonsense("another document than of deletions"));
        }
        let mut said: BTreeMap<_, &Element> = BTreeMap::new();
        for element in &root.children {
            let version = element.text_of("VersionId").filter(|version| !version.is_empty());
            said.insert((element.text_of("Key").unwrap_or_default(), version), element);
        }
        let outcome = |asked: &(&'a str, Option<&'a str>)| {
            // Some engines name a version where none was asked for.
            let unasked = || said.iter().find(|(other, _)| other.0 == asked.0 && !together.contains(*other));
            let element = said.get(asked).or_else(|| unasked().filter(|_| asked.1.is_none()).map(|(_, told)| told));
            (*asked, self.deletion(bucket, *asked, element.copied()))
        };
        Ok(together.iter().map(outcome).collect())
    }

    /// What an entry of the engine's answer says of what was asked for.
    fn deletion(
        &self,
        bucket: &Bucket,
        (key, version): (&str, Option<&str>),
        element: Option<&Element>,
    ) -> Result<Deleted, Error> {
        let element = element.ok_or_else(|| self.nonsense("nothing about what was to be deleted"))?;
        if element.name != "Deleted" {
            let about = About { bucket, key: Some(key.to_owned()), condition: "If-Match", upload: None };
            let status = if element.text_of("Code").is_some_and(|code| FAILURES.contains(&code)) { 503 } else { 400 };
            return match self.refused(status, element, "?", &about) {
                Error::NoSuchKey(_) | Error::NoSuchVersion => Ok(Deleted::default()),
                error => Err(error),
            };
        }
        let marker = element.text_of("DeleteMarker") == Some("true");
        let told = element.text_of("DeleteMarkerVersionId").filter(|version| marker && !version.is_empty());
        let suspended = (bucket.versioning == Versioning::Suspended).then_some(NULL);
        let version = version.or(told).or(suspended).filter(|_| bucket.versioning != Versioning::Off);
        Ok(Deleted { version: version.map(str::to_owned), marker })
    }
}

/// Whether a key is the same after it was in a document.
fn is_plain(key: &str) -> bool {
    key.trim() == key && !key.contains(char::is_control)
}

/// An engine that does not know the request.
const UNKNOWN: [&str; 2] = ["MethodNotAllowed", "NotImplemented"];
/// Failures of the engine, not of the request.
const FAILURES: [&str; 2] = ["InternalError", "ServiceUnavailable"];
