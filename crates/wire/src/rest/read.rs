//! Reading REST requests.

use std::borrow::Cow;

use crate::input::{Payload, Reader};
use crate::rest::{Bind, Content, Route, find, gather};
use crate::tree::{Members, Node};
use crate::{Input, Invocation, Malformed, Request};

/// The operation whose route fits, and its members; a document is kept for later.
pub(crate) fn invocation<'r, R: AsRef<Route>>(
    request: &Request<'_>,
    routes: &'r [R],
    reader: Reader,
) -> Result<Invocation<'r>, Malformed> {
    let query = find::query(request.query)?;
    let (route, mut members) = find::route(routes, request, &query)?;
    gather::bound(route, request, &query, &mut members)?;
    let bytes = request.body.clone();
    let body = match route.body {
        Content::Empty | Content::Streamed | Content::Form => None,
        Content::Members(_) | Content::Member(_) | Content::Text(_) if bytes.is_empty() => None,
        content @ (Content::Members(_) | Content::Member(_) | Content::Text(_)) => {
            Some(Payload { read: reader, content, binds: route.members, bytes })
        }
    };
    Ok(Invocation { operation: route.operation.to_owned(), input: Input::rest(members, body), route: Some(route) })
}

impl Payload {
    /// Adds what the body says to the members from outside it.
    pub(crate) fn add_to(&self, members: &mut Members) -> Result<(), Malformed> {
        let (member, value) = match self.content {
            Content::Empty | Content::Streamed | Content::Form => return Ok(()),
            Content::Members(root) => return self.add_members(root, members),
            Content::Member(member) => (member, (self.read)(&self.bytes, member)?),
            Content::Text(member) => {
                let text = std::str::from_utf8(&self.bytes);
                let text = text.map_err(|_| Malformed::Document("expected text in UTF-8".to_owned()))?;
                (member, Node::Text(text.to_owned()))
            }
        };
        members.push((Cow::Borrowed(member), value));
        Ok(())
    }

    fn add_members(&self, root: &str, members: &mut Members) -> Result<(), Malformed> {
        let inside = match (self.read)(&self.bytes, root)? {
            Node::Members(inside) => inside,
            Node::Bare(text) if text.trim().is_empty() => Members::new(),
            _ => return Err(Malformed::Document("expected members".to_owned())),
        };
        // A document cannot give what path, query or header give, not even where they are silent.
        let outside = members.len();
        for (name, value) in inside {
            let bound = self.binds.iter().map(|bind: &Bind| bind.member()).any(|bound| bound == name)
                || members.iter().take(outside).any(|(label, _)| *label == name);
            if !bound {
                members.push((name, value));
            }
        }
        Ok(())
    }
}
