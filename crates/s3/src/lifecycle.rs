//! Lifecycle rules of buckets: their wire shape, which is also how they are kept, what they may be, and when they end
//! an object. Who carries them out is [`crate::expiry`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vocab::{Random, Timestamp};

use crate::Error;
use crate::backend::Object;
use crate::bucket::LONGEST_KEY;
use crate::tags::Tag;

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Rule {
    #[serde(rename = "ID", default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
    /// The older spelling of a filter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    status: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expiration: Option<Expiration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    abort_incomplete_multipart_upload: Option<AbortIncompleteMultipartUpload>,
    /// Known, so that it can be refused by its name.
    #[serde(rename = "Transition", default, skip_serializing)]
    transitions: Vec<Ignored>,
    #[serde(rename = "NoncurrentVersionTransition", default, skip_serializing)]
    noncurrent_transitions: Vec<Ignored>,
}

/// What is never looked into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Ignored {}

/// What a rule speaks of: one thing, or several under `And`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_greater_than: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_less_than: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    and: Option<And>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct And {
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(rename = "Tag", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_greater_than: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_size_less_than: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Expiration {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expired_object_delete_marker: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct NoncurrentVersionExpiration {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    noncurrent_days: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newer_noncurrent_versions: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AbortIncompleteMultipartUpload {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days_after_initiation: Option<i64>,
}

/// What a filter says, whichever way it is written.
struct Wanted<'r> {
    prefix: &'r str,
    tags: &'r [Tag],
    greater: Option<u64>,
    less: Option<u64>,
}

impl Rule {
    /// Whether the rule speaks of this key, and of the object that stands there. A delete marker has neither size nor
    /// tags: a rule that asks for some does not speak of it.
    pub fn covers(&self, key: &str, object: Option<&Object>) -> bool {
        let Wanted { prefix, tags, greater, less } = self.wanted();
        let fits = |object: &Object| {
            tags.iter().all(|tag| object.headers.tags.get(&tag.key) == Some(&tag.value))
                && greater.is_none_or(|bound| object.size > bound)
                && less.is_none_or(|bound| object.size < bound)
        };
        let asks_for_nothing = tags.is_empty() && greater.is_none() && less.is_none();
        self.status == "Enabled" && key.starts_with(prefix) && object.map_or(asks_for_nothing, fits)
    }

    /// When a current object ends that was written then.
    pub fn ends(&self, written: Timestamp) -> Option<Timestamp> {
        let Expiration { days, date, .. } = self.expiration.as_ref()?;
        days.map(|days| after(written, days)).or_else(|| Timestamp::from_iso8601(date.as_deref()?))
    }

    /// When a delete marker ends behind which nothing is left.
    pub fn marker_ends(&self, made: Timestamp) -> Option<Timestamp> {
        let Expiration { days, expired_object_delete_marker, .. } = self.expiration.as_ref()?;
        match expired_object_delete_marker {
            Some(true) => Some(made),
            Some(false) | None => days.map(|days| after(made, days)),
        }
    }

    /// When a version ends that was replaced then, where so many are younger and replaced too.
    pub fn noncurrent_ends(&self, replaced: Timestamp, younger: u64) -> Option<Timestamp> {
        let NoncurrentVersionExpiration { noncurrent_days, newer_noncurrent_versions } =
            self.noncurrent_version_expiration.as_ref()?;
        let kept = newer_noncurrent_versions.and_then(|kept| u64::try_from(kept).ok()).unwrap_or(0);
        noncurrent_days.filter(|_| younger >= kept).map(|days| after(replaced, days))
    }

    /// When an upload ends that began then and was never completed.
    pub fn upload_ends(&self, begun: Timestamp) -> Option<Timestamp> {
        let abort = self.abort_incomplete_multipart_upload.as_ref()?;
        abort.days_after_initiation.map(|days| after(begun, days))
    }

    fn wanted(&self) -> Wanted<'_> {
        let prefix = self.prefix.as_deref();
        let Some(filter) = &self.filter else {
            return Wanted { prefix: prefix.unwrap_or_default(), tags: &[], greater: None, less: None };
        };
        if let Some(And { prefix, tags, object_size_greater_than, object_size_less_than }) = &filter.and {
            let prefix = prefix.as_deref().unwrap_or_default();
            return Wanted { prefix, tags, greater: *object_size_greater_than, less: *object_size_less_than };
        }
        Wanted {
            prefix: filter.prefix.as_deref().unwrap_or_default(),
            tags: filter.tag.as_slice(),
            greater: filter.object_size_greater_than,
            less: filter.object_size_less_than,
        }
    }
}

/// The rules as they are kept. Errs where one is not what a rule can be.
pub fn checked(mut rules: Vec<Rule>, random: &dyn Random) -> Result<String, Error> {
    if rules.is_empty() || rules.len() > MOST_RULES {
        return Err(Error::MalformedXml);
    }
    let mut ids = BTreeSet::new();
    for rule in &mut rules {
        check(rule)?;
        let named = rule.id.take().filter(|id| !id.is_empty());
        let id = named.unwrap_or_else(|| format!("{:032x}", u128::from_be_bytes(random.bytes())));
        if id.len() > LONGEST_ID {
            return Err(Error::InvalidArgument("ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(id.clone()) {
            return Err(Error::InvalidArgument("Rule ID must be unique. Found same ID for more than one rule"));
        }
        rule.id = Some(id);
    }
    let document = serde_json::to_string(&rules).map_err(Error::internal)?;
    if document.len() > LONGEST {
        Err(Error::InvalidRequest("The rules must not be larger than 256 KB"))
    } else {
        Ok(document)
    }
}

/// Rules that were kept.
pub fn stored(document: &str) -> Result<Vec<Rule>, serde_json::Error> {
    serde_json::from_str(document)
}

fn check(rule: &Rule) -> Result<(), Error> {
    if !["Enabled", "Disabled"].contains(&rule.status.as_str()) || rule.filter.is_some() == rule.prefix.is_some() {
        return Err(Error::MalformedXml);
    }
    if !rule.transitions.is_empty() || !rule.noncurrent_transitions.is_empty() {
        return Err(Error::Unserved("Transitions are not implemented: objects keep their storage class."));
    }
    if rule.expiration.is_none()
        && rule.noncurrent_version_expiration.is_none()
        && rule.abort_incomplete_multipart_upload.is_none()
    {
        return Err(Error::InvalidRequest("At least one action needs to be specified in a rule"));
    }
    if rule.wanted().prefix.len() > LONGEST_KEY {
        return Err(Error::InvalidRequest("The maximum size of a prefix is 1024."));
    }
    rule.filter.as_ref().map_or(Ok(()), check_filter)?;
    check_actions(rule)
}

fn check_filter(filter: &Filter) -> Result<(), Error> {
    let Filter { prefix, tag, object_size_greater_than, object_size_less_than, and } = filter;
    let said = [
        prefix.is_some(),
        tag.is_some(),
        object_size_greater_than.is_some(),
        object_size_less_than.is_some(),
        and.is_some(),
    ];
    if said.into_iter().filter(|said| *said).count() > 1 {
        return Err(Error::MalformedXml);
    }
    let Some(And { prefix, tags, object_size_greater_than, object_size_less_than }) = and else { return Ok(()) };
    let sizes = [object_size_greater_than, object_size_less_than];
    let said = usize::from(prefix.is_some()) + tags.len() + sizes.into_iter().flatten().count();
    let unique: BTreeMap<&str, &str> = tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())).collect();
    if said < 2 {
        return Err(Error::MalformedXml);
    }
    if unique.len() < tags.len() {
        return Err(Error::InvalidRequest("Duplicate Tag Keys are not allowed."));
    }
    if let (Some(greater), Some(less)) = (object_size_greater_than, object_size_less_than)
        && greater >= less
    {
        let text = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.";
        return Err(Error::InvalidRequest(text));
    }
    Ok(())
}

fn check_actions(rule: &Rule) -> Result<(), Error> {
    let Wanted { tags, greater, less, .. } = rule.wanted();
    let by_object = !tags.is_empty() || greater.is_some() || less.is_some();
    if let Some(Expiration { days, date, expired_object_delete_marker }) = &rule.expiration {
        let said = [days.is_some(), date.is_some(), expired_object_delete_marker.is_some()];
        if said.into_iter().filter(|said| *said).count() != 1 {
            return Err(Error::MalformedXml);
        }
        positive(*days, "'Days' for Expiration action must be a positive integer")?;
        if let Some(date) = date {
            let date = Timestamp::from_iso8601(date).ok_or(Error::MalformedXml)?;
            if date.millis().rem_euclid(DAY) != 0 {
                return Err(Error::InvalidArgument("'Date' must be at midnight GMT"));
            }
        }
        if expired_object_delete_marker.is_some() && !tags.is_empty() {
            return Err(Error::InvalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags."));
        }
    }
    if let Some(NoncurrentVersionExpiration { noncurrent_days, newer_noncurrent_versions }) =
        &rule.noncurrent_version_expiration
    {
        if noncurrent_days.is_none() {
            return Err(Error::MalformedXml);
        }
        let text = "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer";
        positive(*noncurrent_days, text)?;
        if newer_noncurrent_versions.is_some_and(|kept| !(1..=100).contains(&kept)) {
            return Err(Error::InvalidArgument("'NewerNoncurrentVersions' must be between 1 and 100"));
        }
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        let days = abort.days_after_initiation;
        if days.is_none() {
            return Err(Error::MalformedXml);
        }
        positive(days, "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")?;
        if by_object {
            let text = "AbortIncompleteMultipartUpload cannot be specified with Tags or object sizes.";
            return Err(Error::InvalidRequest(text));
        }
    }
    Ok(())
}

fn positive(days: Option<i64>, text: &'static str) -> Result<(), Error> {
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) { Err(Error::InvalidArgument(text)) } else { Ok(()) }
}

/// So many days later, and then at the next midnight.
fn after(time: Timestamp, days: i64) -> Timestamp {
    let later = time.millis().saturating_add(days.saturating_mul(DAY));
    let rest = later.rem_euclid(DAY);
    let midnight = if rest == 0 { later } else { later.saturating_add(DAY - rest) };
    Timestamp::from_millis(midnight)
}

/// What S3 answers about transitions, of which there are none.
pub const MINIMUM: &str = "all_storage_classes_128K";

/// A day in milliseconds.
const DAY: i64 = Duration::from_secs(24 * 3600).as_millis() as i64;
const MOST_RULES: usize = 1000;
const LONGEST_ID: usize = 255;
/// 256 KiB: the records of all buckets are held in memory.
const LONGEST: usize = 256 * 1024;
/// What fits into 32 bits.
const MOST_DAYS: i64 = 2_147_483_647;
