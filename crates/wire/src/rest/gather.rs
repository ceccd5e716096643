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
