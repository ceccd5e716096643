//! Conditional requests.

use vocab::Timestamp;

use crate::Error;
use crate::backend::Object;

/// What must be at a key for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Anything.
    None,
    /// Nothing.
    Absent,
    /// An object with one of these entity tags, as the header gives them.
    Matches(String),
    /// The object of this entity tag that was written then.
    Unchanged(String, Timestamp),
}

/// The conditions of a read.
#[derive(Debug, Default, Clone, Copy)]
pub struct Conditions<'a> {
    /// `If-Match`.
    pub if_match: Option<&'a str>,
    /// `If-None-Match`.
    pub if_none_match: Option<&'a str>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<&'a str>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<&'a str>,
}

/// How the conditions of a read came out.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They hold.
    Holds,
    /// The client has this version already.
    NotModified,
    /// This one does not hold.
    Fails(&'static str),
}

impl Precondition {
    /// From the headers of a write.
    pub fn of(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Self, Error> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::None),
            (None, Some("*")) => Ok(Self::Absent),
            (Some(tags), None) => Ok(Self::Matches(tags.to_owned())),
            (_, Some(_)) => Err(Error::NotImplemented("If-None-Match")),
        }
    }

    /// Whether the write may happen where this object is, or none.
    pub fn check(&self, key: &str, object: Option<&Object>) -> Result<(), Error> {
        match (self, object) {
            (Self::None, _) | (Self::Absent, None) => Ok(()),
            (Self::Absent, Some(_)) => Err(Error::PreconditionFailed("If-None-Match")),
            (Self::Matches(_), None) => Err(Error::NoSuchKey(key.to_owned())),
            (Self::Matches(tags), Some(object)) if names(tags, &object.e_tag) => Ok(()),
            (Self::Matches(_), Some(_)) => Err(Error::PreconditionFailed("If-Match")),
            (Self::Unchanged(e_tag, written), Some(object))
                if *e_tag == object.e_tag && *written == object.modified =>
            {
                Ok(())
            }
            (Self::Unchanged(..), _) => Err(Error::PreconditionFailed("If-Unmodified-Since")),
        }
    }
}

impl Conditions<'_> {
    /// In the order of RFC 9110: a tag outweighs a date. Dates that are none are ignored.
    pub fn verdict(&self, object: &Object) -> Verdict {
        // Headers have no fractions of seconds.
        let modified = object.modified.seconds();
        let since = |date: Option<&str>| date.and_then(Timestamp::from_http_date).map(Timestamp::seconds);
        match (self.if_match, since(self.if_unmodified_since)) {
            (Some(tags), _) if !names(tags, &object.e_tag) => return Verdict::Fails("If-Match"),
            (None, Some(date)) if modified > date => return Verdict::Fails("If-Unmodified-Since"),
            _ => {}
        }
        match (self.if_none_match, since(self.if_modified_since)) {
            (Some(tags), _) if names(tags, &object.e_tag) => Verdict::NotModified,
            (None, Some(date)) if modified <= date => Verdict::NotModified,
            _ => Verdict::Holds,
        }
    }
}

/// Whether a list of entity tags names this one. Clients leave quotes out, and mark tags as weak.
fn names(list: &str, e_tag: &str) -> bool {
    list.split(',').map(str::trim).any(|tag| tag == "*" || bare(tag) == e_tag)
}

/// An entity tag without its quotes.
pub fn bare(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag)
}

/// An entity tag with its quotes.
pub fn quoted(e_tag: &str) -> String {
    format!("\"{e_tag}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> Object {
        Object {
            size: 1,
            e_tag: "abc".into(),
            modified: Timestamp::from_millis(1_767_323_045_678),
            headers: Default::default(),
            checksum: None,
        }
    }

    #[test]
    fn a_tag_outweighs_a_date() {
        let before = Some("Thu, 01 Jan 2026 00:00:00 GMT");
        let after = Some("Sat, 03 Jan 2026 00:00:00 GMT");
        let same = Some("Fri, 02 Jan 2026 03:04:05 GMT");
        let none = Conditions::default();
        for (conditions, verdict) in [
            (none, Verdict::Holds),
            (Conditions { if_match: Some("\"abc\""), ..none }, Verdict::Holds),
            (Conditions { if_match: Some("x, W/\"abc\""), ..none }, Verdict::Holds),
            (Conditions { if_match: Some("\"x\""), ..none }, Verdict::Fails("If-Match")),
            (Conditions { if_match: Some("*"), if_unmodified_since: before, ..none }, Verdict::Holds),
            (Conditions { if_unmodified_since: before, ..none }, Verdict::Fails("If-Unmodified-Since")),
            (Conditions { if_unmodified_since: same, ..none }, Verdict::Holds),
            (Conditions { if_none_match: Some("abc"), ..none }, Verdict::NotModified),
            (Conditions { if_none_match: Some("x"), if_modified_since: after, ..none }, Verdict::Holds),
            (Conditions { if_modified_since: same, ..none }, Verdict::NotModified),
            (Conditions { if_modified_since: before, ..none }, Verdict::Holds),
            (Conditions { if_modified_since: Some("yesterday"), ..none }, Verdict::Holds),
        ] {
            assert_eq!(conditions.verdict(&object()), verdict, "{conditions:?}");
        }
    }

    #[test]
    fn writes_happen_where_nothing_is_or_the_right_thing() {
        let absent = Precondition::of(None, Some("*")).unwrap();
        assert!(absent.check("k", None).is_ok() && absent.check("k", Some(&object())).is_err());
        let matches = Precondition::of(Some("\"abc\""), None).unwrap();
        assert!(matches.check("k", Some(&object())).is_ok());
        assert!(matches!(matches.check("k", None), Err(Error::NoSuchKey(_))));
        assert!(Precondition::of(None, Some("\"abc\"")).is_err());
    }
}
