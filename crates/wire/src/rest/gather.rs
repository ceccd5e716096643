//! Input members from query and headers.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rest::find::Query;
use crate::rest::{Bind, HOISTED, Route};
use crate::tree::{Members, Node};
use crate::{Malformed, Request};

/// Adds the members that the route binds. Errs at a bound header that comes twice or is not UTF-8.
pub(crate) fn bound(
    route: &Route,
    request: &Request<'_>,
    query: &Query,
    members: &mut Members,
) -> Result<(), Malformed> {
    let hoisted = hoisted(query)?;
    for bind in route.members {
        let value = match bind {
            Bind::Query(_, name) => query.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone()),
            Bind::Header(_, name) => header(request, name)?.or_else(|| hoisted.get(*name).cloned()),
            Bind::Headers(member, prefix) => {
                members.push((Cow::Borrowed(member), headers(request, prefix, &hoisted)?));
                None
            }
            // Fields come with the form.
            Bind::Field(..) | Bind::Fields(..) | Bind::Status(_) => None,
        };
        members.extend(value.map(|value| (Cow::Borrowed(bind.member()), Node::Bare(value))));
    }
    Ok(())
}

/// The members that the route binds to fields of a form. INVARIANT: no two fields with one name.
pub(crate) fn fields(route: &Route, fields: &[(String, String)]) -> Members {
    let mut members = Members::new();
    for bind in route.members {
        match bind {
            Bind::Field(member, name) => {
                let value = fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
                members.extend(value.map(|value| (Cow::Borrowed(*member), Node::Bare(value))));
            }
            Bind::Fields(member, prefix) => {
                let starting = fields.iter().filter_map(|(field, value)| Some((field.strip_prefix(prefix)?, value)));
                let map = starting.map(|(rest, value)| (Cow::Owned(rest.to_owned()), Node::Bare(value.clone())));
                members.push((Cow::Borrowed(member), Node::Map(map.collect())));
            }
            Bind::Query(..) | Bind::Header(..) | Bind::Headers(..) | Bind::Status(_) => {}
        }
    }
    members
}

/// The headers that stand in the query of a presigned URL, as the SDKs move them there: they are signed with it.
fn hoisted(query: &Query) -> Result<BTreeMap<String, String>, Malformed> {
    let mut found = BTreeMap::new();
    if !query.iter().any(|(name, _)| name == "X-Amz-Signature") {
        return Ok(found);
    }
    for (name, value) in query {
        let name = name.to_ascii_lowercase();
        if HOISTED.iter().any(|beginning| name.starts_with(beginning))
            && let Some(_) = found.insert(name, value.clone())
        {
            return Err(Malformed::Duplicate("header in the query".to_owned()));
        }
    }
    Ok(found)
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
fn headers(request: &Request<'_>, prefix: &str, hoisted: &BTreeMap<String, String>) -> Result<Node, Malformed> {
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
    for (name, value) in hoisted {
        if let Some(rest) = name.strip_prefix(prefix) {
            map.entry(rest.to_owned()).or_insert_with(|| value.clone());
        }
    }
    Ok(Node::Map(map.into_iter().map(|(name, value)| (Cow::Owned(name), Node::Bare(value))).collect()))
}

fn text(name: &str, value: &[u8]) -> Result<String, Malformed> {
    let value = std::str::from_utf8(value)
        .map_err(|_| Malformed::Member { member: name.to_owned(), why: "expected text in UTF-8".to_owned() })?;
    Ok(value.trim_matches([' ', '\t']).to_owned())
}
