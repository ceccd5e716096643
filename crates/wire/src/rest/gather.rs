//! Input members from query and headers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rest::find::Query;
use crate::rest::{Bind, Route};
use crate::tree::{Members, Node};
use crate::{Malformed, Request};

/// Adds the members that the route binds. Errs at a bound header that comes twice or is not UTF-8.
pub(crate) fn bound(
    route: &Route,
    request: &Request<'_>,
    query: &Query,
    members: &mut Members,
) -> Result<(), Malformed> {
    for bind in route.members {
        let value = match bind {
            Bind::Query(_, name) => query.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()),
            Bind::Header(_, name) => header(request, name)?,
            Bind::Headers(member, prefix) => {
                members.push((Cow::Borrowed(member), headers(request, prefix)?));
                None
            }
            Bind::Status(_) => None,
        };
        members.extend(value.map(|value| (Cow::Borrowed(bind.member()), Node::Bare(value))));
    }
    Ok(())
}

fn header(request: &Request<'_>, name: &'static str) -> Result<Option<String>, Malformed> {
    let mut values = request.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => text(name, value.as_bytes()).map(Some),
        (Some(_), Some(_)) => Err(Malformed::Duplicate(name.to_owned())),
    }
}

/// Several headers of one name are one value, joined by commas.
fn headers(request: &Request<'_>, prefix: &str) -> Result<Node, Malformed> {
    let mut map = BTreeMap::<String, String>::new();
    for (name, value) in request.headers {
        let Some(rest) = name.as_str().strip_prefix(prefix) else { continue };
        let value = text(name.as_str(), value.as_bytes())?;
        map.entry(rest.to_owned())
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    Ok(Node::Map(map.into_iter().map(|(name, value)| (Cow::Owned(name), Node::Bare(value))).collect()))
}

fn text(name: &str, value: &[u8]) -> Result<String, Malformed> {
    let value = std::str::from_utf8(value)
        .map_err(|_| Malformed::Member { member: name.to_owned(), why: "expected text in UTF-8".to_owned() })?;
    Ok(value.trim_matches([' ', '\t']).to_owned())
}
