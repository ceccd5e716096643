//! Output members that go to headers and status.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, StatusCode};

use crate::rest::{Bind, Content, Route};
use crate::tree::{Members, Node};
use crate::{Reply, Unwritable};

/// What the body of an answer is, once headers and status are taken out.
pub(crate) enum Left {
    /// Nothing.
    Nothing,
    /// A document: its root element, and its content.
    Document(&'static str, Node),
    /// A text.
    Text(String),
}

/// Moves what the route binds from the output into the reply, and says what is left for the body.
pub(crate) fn spread(route: &Route, output: Node, reply: &mut Reply) -> Result<Left, Unwritable> {
    let mut members = match output {
        Node::Members(members) | Node::Map(members) => members,
        Node::Null => Members::new(),
        _ => return Err(Unwritable("an output has members".to_owned())),
    };
    reply.status = status(route.status)?;
    for bind in route.output {
        let Some(value) = take(&mut members, bind.member()) else { continue };
        match bind {
            Bind::Status(_) => {
                let number = value.text().and_then(|text| text.parse().ok());
                reply.status = status(number.unwrap_or_default())?;
            }
            Bind::Header(_, name) => add(reply, name, &value)?,
            Bind::Headers(_, prefix) => {
                let Node::Map(entries) = value else { return Err(Unwritable(format!("`{prefix}` takes a map"))) };
                for (name, value) in &entries {
                    add(reply, &format!("{prefix}{name}"), value)?;
                }
            }
            Bind::Query(..) => return Err(Unwritable("an answer has no query".to_owned())),
            Bind::Field(..) | Bind::Fields(..) => return Err(Unwritable("an answer is no form".to_owned())),
        }
    }
    Ok(match route.answer {
        Content::Empty | Content::Streamed | Content::Form => Left::Nothing,
        Content::Members(root) => Left::Document(root, Node::Members(members)),
        Content::Member(member) => Left::Document(member, take(&mut members, member).unwrap_or(Node::Null)),
        Content::Text(member) => {
            let text = take(&mut members, member);
            Left::Text(text.as_ref().and_then(Node::text).map(Cow::into_owned).unwrap_or_default())
        }
    })
}

fn take(members: &mut Members, member: &str) -> Option<Node> {
    let at = members.iter().position(|(name, _)| name == member)?;
    Some(members.remove(at).1)
}

fn status(number: u16) -> Result<StatusCode, Unwritable> {
    StatusCode::from_u16(number).map_err(|_| Unwritable(format!("`{number}` is no status")))
}

fn add(reply: &mut Reply, name: &str, value: &Node) -> Result<(), Unwritable> {
    let text = match value {
        Node::List(items) => Some(items.iter().filter_map(Node::text).collect::<Vec<_>>().join(",").into()),
        _ => value.text(),
    };
    let value = text.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok());
    let name = HeaderName::from_bytes(name.as_bytes());
    let (Ok(name), Some(value)) = (name, value) else {
        return Err(Unwritable("a value that no header can have".to_owned()));
    };
    reply.headers.insert(name, value);
    Ok(())
}
