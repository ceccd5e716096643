//! What a bucket policy can name of S3.

use crate::action::ActionPattern;
use crate::catalogue::{self, Action};

/// What a resource of a bucket policy stands for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    pub(super) bucket: bool,
    pub(super) object: bool,
}

/// Whether S3 has an action of this pattern, on buckets or objects.
pub(super) fn exists(pattern: &ActionPattern) -> bool {
    applies(pattern, Scope { bucket: true, object: true })
}

/// Whether the pattern has an action that acts on such a resource.
pub(super) fn applies(pattern: &ActionPattern, scope: Scope) -> bool {
    matched(pattern).any(|action| {
        (scope.bucket && action.resources.contains(&"bucket")) || (scope.object && action.resources.contains(&"object"))
    })
}

/// Whether there is such a condition key, as far as that can be known: keys of other services than S3 exist.
pub(super) fn is_condition_key(key: &str) -> bool {
    match key.split_once(':') {
        Some((service, _)) if service.eq_ignore_ascii_case("s3") || service.eq_ignore_ascii_case("aws") => {
            catalogue::key(key).is_some()
        }
        Some((service, name)) => !service.is_empty() && !name.is_empty(),
        None => false,
    }
}

/// Whether an action of this pattern can have the condition key. Keys that are not of S3 are not looked at.
pub(super) fn has_key(pattern: &ActionPattern, key: &str) -> bool {
    let of_s3 = key.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("s3"));
    !of_s3 || matched(pattern).any(|action| action.has_key(key))
}

fn matched<'a>(pattern: &'a ActionPattern) -> impl Iterator<Item = &'static Action> + 'a {
    let actions = catalogue::service("s3").into_iter().flat_map(|service| &service.actions);
    actions.filter(|action| pattern.matches(("s3", action.lower())))
}
