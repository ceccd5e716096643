//! What one call will do: what it touches, and what is to be carried out.

use std::sync::Arc;

use operation::{Access, Gathering, Need, Place};
use policy::Context;
use serde_json::Value;

use crate::backend::Schema;
use crate::error::Error;
use crate::table;
use crate::tokens::Sealing;

/// The facts of one call: its decisions, and what the engine is to do.
#[derive(Debug)]
pub struct Plan {
    /// The operation's name.
    pub(crate) operation: &'static str,
    /// Whether it can change anything.
    pub(crate) writes: bool,
    /// What it touches.
    pub(crate) touches: Vec<Touch>,
    /// The tables that were looked at, with the keys and tags that the decision rests on: every table that exists and
    /// is touched.
    pub(crate) relies_on: Vec<(String, Option<Arc<Schema>>)>,
    /// The request as it is carried out, where that is not word for word what came.
    pub(crate) rewritten: Option<Value>,
    /// What the answer's tokens are sealed for.
    pub(crate) sealing: Option<Sealing>,
    /// Why it cannot be carried out. It is told after the decision, so that nobody learns a table's
    /// keys from it who may not use the table.
    pub(crate) refusal: Refusal,
}

/// One action on one resource.
#[derive(Debug)]
pub(crate) struct Touch {
    pub(crate) action: &'static str,
    pub(crate) resource: String,
    pub(crate) context: Context,
}

/// The first reason not to carry out a call, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Refusal(Option<Error>);

/// How the facts of an operation come.
pub(crate) type Facts<'a> = Gathering<'a, Plan, Error>;

impl Plan {
    pub(crate) fn new(operation: &'static str, writes: bool) -> Self {
        Self {
            operation,
            writes,
            touches: Vec::new(),
            relies_on: Vec::new(),
            rewritten: None,
            sealing: None,
            refusal: Refusal::default(),
        }
    }

    /// The decision that an unsigned request is refused with; nothing is looked up for it.
    pub(crate) fn for_strangers(operation: &'static str) -> Self {
        let mut plan = Self::new(operation, false);
        plan.touches.push(Touch::new("dynamodb:*", "*".to_owned()));
        plan.refusal.note::<()>(Err(Error::validation("the request is not signed")));
        plan
    }

    /// The tags of the table that a resource is, or is part of.
    fn tags_of(&self, resource: &str) -> impl Iterator<Item = (&String, &String)> {
        let table = table::named_in(resource);
        let known = self.relies_on.iter().find(|(name, _)| table == Some(name));
        known.and_then(|(_, schema)| schema.as_deref()).into_iter().flat_map(|schema| &schema.tags)
    }

    /// Gives a member of the request another value.
    pub(crate) fn rewrite(&mut self, input: &Value, member: &str, value: Value) {
        let rewritten = self.rewritten.get_or_insert_with(|| input.clone());
        if let Some(members) = rewritten.as_object_mut() {
            members.insert(member.to_owned(), value);
        }
    }

    pub(crate) fn touch(mut self, touch: Touch) -> Self {
        self.touches.push(touch);
        self
    }
}

impl Touch {
    pub(crate) fn new(action: &'static str, resource: String) -> Self {
        Self { action, resource, context: Context::new() }
    }

    pub(crate) fn with(mut self, key: &'static str, value: impl Into<policy::Value>) -> Self {
        self.context.set(key, value);
        self
    }
}

impl Refusal {
    /// Keeps a first error, and passes a value on.
    pub(crate) fn note<T>(&mut self, result: Result<T, Error>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.get_or_insert(error);
                None
            }
        }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        self.0.map_or(Ok(()), Err)
    }

    #[cfg(test)]
    pub(crate) fn told(&self) -> Option<String> {
        self.0.as_ref().map(Error::to_string)
    }
}

/// The decisions of a plan.
pub(crate) fn access(_: &Value, _: &Place, plan: &Plan) -> Access {
    Access::all(plan.touches.iter().map(|touch| {
        let mut need = Need::on_text(touch.action, touch.resource.clone());
        need.context = touch.context.clone();
        for (key, value) in plan.tags_of(&touch.resource) {
            need.context.set(format!("aws:ResourceTag/{key}"), value.as_str());
        }
        need
    }))
}
