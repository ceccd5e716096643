//! Which route serves a request.

use std::borrow::Cow;

use crate::escapes::{decode, pairs};
use crate::rest::{Bind, Route, SELECTORS, SUBRESOURCES};
use crate::tree::{Members, Node};
use crate::{Malformed, Request};

/// A query string, decoded. INVARIANT: no two with one name.
pub(crate) type Query = Vec<(String, String)>;

/// The first route that fits, and the labels of its path.
pub(crate) fn route<'r, R: AsRef<Route>>(
    routes: &'r [R],
    request: &Request<'_>,
    query: &Query,
) -> Result<(&'r Route, Members), Malformed> {
    let mut reason = Malformed::UnknownOperation(String::new());
    for route in routes.iter().map(R::as_ref) {
        let Some(labels) = match_path(route.pattern, request.path) else { continue };
        let of_method = route.method == request.method.as_str();
        match unserved(route, request, query) {
            Some(name) if of_method => reason = Malformed::Unserved(name.to_owned()),
            None if of_method && names_all(route, request, query) => return Ok((route, decode_labels(labels)?)),
            _ if matches!(reason, Malformed::UnknownOperation(_)) => reason = Malformed::MethodNotAllowed,
            _ => {}
        }
    }
    Err(reason)
}

/// Reads a query string. Errs at a broken escape and at a name that comes twice.
pub(crate) fn query(text: &str) -> Result<Query, Malformed> {
    let mut query = Query::new();
    for pair in pairs(text) {
        let (name, value) = pair?;
        if query.len() >= MAX_PARAMETERS {
            return Err(Malformed::TooLarge);
        }
        if query.iter().any(|(seen, _)| *seen == name) {
            return Err(Malformed::Duplicate(name.chars().take(MAX_NAME).collect()));
        }
        query.push((name, value));
    }
    Ok(query)
}

/// A label of a pattern, and its text in the path, not decoded.
struct Label<'p> {
    name: &'static str,
    raw: &'p str,
    takes_rest: bool,
}

/// The labels of a path, where it has the pattern's shape.
fn match_path<'p>(pattern: &'static str, path: &'p str) -> Option<Vec<Label<'p>>> {
    let mut labels = Vec::new();
    let mut rest = Some(path.strip_prefix('/')?);
    for piece in pattern.strip_prefix('/')?.split('/') {
        let text = rest?;
        let label = piece.strip_prefix('{').and_then(|label| label.strip_suffix('}'));
        if let Some(name) = label.and_then(|label| label.strip_suffix('+')) {
            labels.push(Label { name, raw: text, takes_rest: true });
            return (!text.is_empty()).then_some(labels);
        }
        let (segment, after) = match text.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (text, None),
        };
        match label {
            Some(name) if !segment.is_empty() => labels.push(Label { name, raw: segment, takes_rest: false }),
            None if segment == piece => {}
            _ => return None,
        }
        rest = after;
    }
    // `/bucket/` is `/bucket`.
    rest.is_none_or(str::is_empty).then_some(labels)
}

fn decode_labels(labels: Vec<Label<'_>>) -> Result<Members, Malformed> {
    let decoded = labels.into_iter().map(|label| {
        let value = decode(label.raw)?;
        // A bucket `a%2Fb` would read as bucket `a` and key `b/…` in an ARN.
        if value.contains('/') && !label.takes_rest {
            return Err(Malformed::Escape);
        }
        Ok((Cow::Borrowed(label.name), Node::Bare(value)))
    });
    decoded.collect()
}

/// The sub-resource of the request that the route does not name.
fn unserved<'q>(route: &Route, request: &Request<'_>, query: &'q Query) -> Option<&'q str> {
    let parameter = query.iter().map(|(name, _)| name.as_str()).find(|name| {
        let named = route.flags.iter().any(|(flag, _)| flag == name)
            || route.members.iter().any(|bind| matches!(bind, Bind::Query(_, bound) if bound == name));
        SUBRESOURCES.contains(name) && !named
    });
    let selector = SELECTORS.iter().find(|name| {
        let named = route.headers.contains(name)
            || route.members.iter().any(|bind| matches!(bind, Bind::Header(_, bound) if bound == *name));
        request.headers.contains_key(**name) && !named
    });
    // In a query they would have to be obeyed, and the request be another one.
    let hoisted = SELECTORS.iter().find(|name| query.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
    parameter.or(selector.or(hoisted).copied())
}

/// Whether the request has every flag and header of the route.
fn names_all(route: &Route, request: &Request<'_>, query: &Query) -> bool {
    let flags = route.flags.iter().all(|(flag, wanted)| {
        query.iter().any(|(name, value)| name == flag && wanted.is_none_or(|wanted| wanted == value))
    });
    flags && route.headers.iter().all(|name| request.headers.contains_key(*name))
}

const MAX_PARAMETERS: usize = 256;
const MAX_NAME: usize = 64;
