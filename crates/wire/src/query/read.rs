//! Reading forms: `Tags.member.1.Key=team` is a list of structures.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::Method;

use crate::escapes::{decode_form, pairs};
use crate::json::read::{MAX_OPERATION, is_operation};
use crate::tree::{MAX_DEPTH, Node};
use crate::{Input, Invocation, Malformed, Request};

/// The operation and members of a form: the body of a POST, or the query string of a GET or of a
/// POST without body.
pub(crate) fn invocation<'r>(version: &str, request: &Request<'_>) -> Result<Invocation<'r>, Malformed> {
    let mut form = Form::read(text(request)?)?;
    let operation = form.take("Action")?.ok_or(Malformed::MissingAction)?;
    if !is_operation(&operation) {
        let shown = operation.chars().filter(char::is_ascii_alphanumeric).take(MAX_OPERATION).collect();
        return Err(Malformed::UnknownOperation(shown));
    }
    let given = form.take("Version")?.unwrap_or_default();
    if given != version {
        let version = given.chars().take(MAX_OPERATION).collect();
        return Err(Malformed::WrongVersion { action: operation, version });
    }
    Ok(Invocation { operation, input: Input::form(form.into_node()?), route: None })
}

/// Whether a form is of this version. Nothing but the version is looked at.
pub(crate) fn is_of_version(version: &str, request: &Request<'_>) -> bool {
    let Ok(text) = text(request) else { return false };
    let given = text.split('&').find_map(|piece| piece.strip_prefix("Version="));
    given.is_some_and(|given| decode_form(given).as_deref() == Ok(version))
}

fn text<'a>(request: &Request<'a>) -> Result<&'a str, Malformed> {
    match *request.method {
        Method::POST if !request.body.is_empty() => std::str::from_utf8(request.body).map_err(|_| Malformed::Escape),
        Method::POST | Method::GET => Ok(request.query),
        _ => Err(Malformed::MethodNotAllowed),
    }
}

/// Values by the pieces of their names.
#[derive(Default)]
struct Form(BTreeMap<String, Branch>);

enum Branch {
    Value(String),
    Fork(Form),
}

impl Form {
    fn read(text: &str) -> Result<Self, Malformed> {
        let mut form = Self::default();
        for (count, pair) in pairs(text).enumerate() {
            if count >= MAX_PAIRS {
                return Err(Malformed::TooLarge);
            }
            let (name, value) = pair?;
            // Signature parameters of a presigned request are no members.
            if !name.starts_with("X-Amz-") {
                form.add(&name, value)?;
            }
        }
        Ok(form)
    }

    fn add(&mut self, name: &str, value: String) -> Result<(), Malformed> {
        if name.split('.').count() > MAX_DEPTH {
            return Err(Malformed::TooLarge);
        }
        if name.split('.').any(str::is_empty) {
            return Err(expected("", "expected names between the dots"));
        }
        let duplicate = || Malformed::Duplicate(name.chars().take(MAX_OPERATION).collect());
        let (parents, last) = name.rsplit_once('.').unwrap_or(("", name));
        let mut form = self;
        for piece in parents.split('.').filter(|_| !parents.is_empty()) {
            let branch = form.0.entry(piece.to_owned()).or_insert_with(|| Branch::Fork(Self::default()));
            match branch {
                Branch::Fork(below) => form = below,
                Branch::Value(_) => return Err(duplicate()),
            }
        }
        match form.0.insert(last.to_owned(), Branch::Value(value)) {
            None => Ok(()),
            Some(_) => Err(duplicate()),
        }
    }

    fn take(&mut self, name: &str) -> Result<Option<String>, Malformed> {
        match self.0.remove(name) {
            None => Ok(None),
            Some(Branch::Value(value)) => Ok(Some(value)),
            Some(Branch::Fork(_)) => Err(expected(name, "expected a text")),
        }
    }

    fn into_node(self) -> Result<Node, Malformed> {
        let members = self.0.into_iter().map(|(name, branch)| Ok((Cow::Owned(name), branch.into_node()?)));
        members.collect::<Result<_, _>>().map(Node::Members)
    }

    /// The items below `name`, in the order of their numbers.
    fn numbered(&mut self, name: &str) -> Result<Option<Vec<Branch>>, Malformed> {
        if !matches!(self.0.get(name), Some(Branch::Fork(_))) {
            return Ok(None);
        }
        let Some(Branch::Fork(items)) = self.0.remove(name) else { return Ok(None) };
        let mut ordered = BTreeMap::new();
        for (index, item) in items.0 {
            let number = number(&index).ok_or_else(|| expected(name, "expected numbers from 1"))?;
            ordered.insert(number, item);
        }
        Ok(Some(ordered.into_values().collect()))
    }
}

impl Branch {
    fn into_node(self) -> Result<Node, Malformed> {
        let mut form = match self {
            Self::Value(text) => return Ok(Node::Bare(text)),
            Self::Fork(form) => form,
        };
        if form.0.len() != 1 {
            return form.into_node();
        }
        if let Some(items) = form.numbered("member")? {
            return Ok(Node::List(items.into_iter().map(Self::into_node).collect::<Result<_, _>>()?));
        }
        if let Some(entries) = form.numbered("entry")? {
            return map(entries);
        }
        form.into_node()
    }
}

/// `entry.1.key=a&entry.1.value=b`.
fn map(entries: Vec<Branch>) -> Result<Node, Malformed> {
    let mut map = BTreeMap::new();
    for entry in entries {
        let Branch::Fork(mut entry) = entry else { return Err(expected("entry", "expected a key and a value")) };
        let key = entry.take("key")?.ok_or_else(|| expected("entry", "expected a key"))?;
        let value = entry.0.remove("value").ok_or_else(|| expected("entry", "expected a value"))?;
        if map.insert(key, value.into_node()?).is_some() {
            return Err(Malformed::Duplicate("entry".to_owned()));
        }
    }
    Ok(Node::Map(map.into_iter().map(|(key, value)| (Cow::Owned(key), value)).collect()))
}

/// A list index: 1 to [`MAX_PAIRS`] without leading zeros, so that no two spellings are one index.
fn number(text: &str) -> Option<usize> {
    let plain = !text.starts_with(['0', '+']);
    text.parse().ok().filter(|number| plain && (1..=MAX_PAIRS).contains(number))
}

fn expected(member: &str, why: &str) -> Malformed {
    Malformed::Member { member: member.to_owned(), why: why.to_owned() }
}

/// How many members a form may have, and how far its lists may count.
const MAX_PAIRS: usize = 10_000;
