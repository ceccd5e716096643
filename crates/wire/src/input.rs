//! The members of one request, before they have types.

use std::fmt::{Debug, Formatter};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::malformed::Malformed;
use crate::rest::{Bind, Route, gather};
use crate::tree::{Members, Node};
use crate::{json, tree};

/// The members of one request.
#[derive(Clone)]
pub struct Input(Kind);

#[derive(Clone)]
enum Kind {
    /// A JSON object of members.
    Json(Bytes),
    /// A JSON document that passes unchanged.
    Document(Bytes),
    /// The members of a form.
    Form(Node),
    /// REST: members from path, query and headers, and a document that is not read yet.
    Rest { outer: Members, body: Option<Payload> },
}

/// A REST body that has members.
#[derive(Clone)]
pub(crate) struct Payload {
    /// Reads it.
    pub(crate) read: Reader,
    /// The element its document must have, or the member it is.
    pub(crate) content: crate::rest::Content,
    /// Where other members live: a document cannot give those.
    pub(crate) binds: &'static [Bind],
    /// The bytes.
    pub(crate) bytes: Bytes,
}

/// Turns a document into a tree. The second parameter is the name its root must have, if any.
pub(crate) type Reader = fn(&[u8], &str) -> Result<Node, Malformed>;

impl Input {
    /// The members of a JSON object, as AWS JSON 1.1 reads them. The bytes are looked at by
    /// [`Self::parse`].
    pub fn json(body: Bytes) -> Self {
        Self(Kind::Json(body))
    }

    /// A JSON document, as AWS JSON 1.0 reads it. The bytes are looked at by [`Self::parse`].
    pub fn document(body: Bytes) -> Self {
        Self(Kind::Document(body))
    }

    pub(crate) fn form(members: Node) -> Self {
        Self(Kind::Form(members))
    }

    pub(crate) fn rest(outer: Members, body: Option<Payload>) -> Self {
        Self(Kind::Rest { outer, body })
    }

    /// The same with the members that the route binds to fields of a form: names in lower case, no two alike.
    pub fn with_fields(self, route: &Route, fields: &[(String, String)]) -> Self {
        match self.0 {
            Kind::Rest { mut outer, body } => {
                outer.extend(gather::fields(route, fields));
                Self(Kind::Rest { outer, body })
            }
            other @ (Kind::Json(_) | Kind::Document(_) | Kind::Form(_)) => Self(other),
        }
    }

    /// Reads the operation's input.
    ///
    /// Unknown members are ignored. Members with one name are refused at any depth, as is a list
    /// where a structure belongs. Outside AWS JSON 1.0 an explicit null is an absent member, and
    /// nesting and count are bounded; texts of forms, headers and XML become numbers and booleans
    /// where the type asks for them, which `#[serde(flatten)]` and untagged enums hide.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Malformed> {
        match &self.0 {
            Kind::Json(bytes) => Ok(json::read::members(bytes)?.parse()?),
            Kind::Document(bytes) => json::read::typed(bytes),
            Kind::Form(members) => Ok(members.parse()?),
            Kind::Rest { outer, body } => rest(outer, body.as_ref()),
        }
    }
}

/// Only that there is one: members hold tokens.
impl Debug for Input {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Input(..)")
    }
}

impl AsRef<Route> for Route {
    fn as_ref(&self) -> &Route {
        self
    }
}

fn rest<T: DeserializeOwned>(outer: &Members, body: Option<&Payload>) -> Result<T, Malformed> {
    let mut members = outer.clone();
    if let Some(payload) = body {
        payload.add_to(&mut members)?;
    }
    tree::Node::Members(members).parse().map_err(|mismatch| {
        let root = mismatch.path.split('.').next().unwrap_or_default();
        let outside = mismatch.path.is_empty() || outer.iter().any(|(name, _)| name == root);
        if outside { mismatch.into() } else { Malformed::Document(mismatch.to_string()) }
    })
}
