//! Conditions: one operator, one key, and the values that the policy wants.

mod operator;
mod values;
mod wanted;

use crate::context::{Context, Key, Value};
pub(crate) use operator::{Comparison, Operator, Order, Quantifier};
pub(crate) use values::{address, boolean, instant, number, range};
use wanted::{Outcome, Seen, Wanted};

/// One key under one operator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// The operator as written.
    pub(crate) spelling: Box<str>,
    pub(crate) operator: Operator,
    key: Key,
    wanted: Vec<Wanted>,
    /// A value that cannot be compared counts against the caller: a negated operator in a Deny then holds.
    deny: bool,
}

impl Condition {
    /// A condition of a statement; `variables` says whether the document's version has them.
    pub(crate) fn new(
        (spelling, operator): (&str, Operator),
        key: &str,
        values: &[String],
        deny: bool,
        variables: bool,
    ) -> Self {
        let wanted = values.iter().map(|value| Wanted::read(operator.comparison, value, variables)).collect();
        Self { spelling: spelling.into(), operator, key: Key::new(key), wanted, deny }
    }

    /// Whether the condition is true of the request.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let value = context.value(&self.key).filter(|value| !value.is_empty());
        if self.operator.comparison == Comparison::Null {
            return self.null_holds(value);
        }
        match self.operator.quantifier {
            Quantifier::All => match value {
                Some(value) if !value.is_null() => {
                    !self.wanted.is_empty() && value.texts().all(|text| self.accepts(text, context))
                }
                Some(_) | None => true,
            },
            Quantifier::Any => match value {
                Some(value) if !value.is_null() => {
                    !self.wanted.is_empty() && value.texts().any(|text| self.accepts(text, context))
                }
                Some(_) | None => false,
            },
            Quantifier::None => match value {
                None => self.operator.if_exists || self.operator.negated,
                Some(_) if self.wanted.is_empty() => self.operator.negated && !self.operator.if_exists,
                // Many values without a set prefix: one must match, or none where the operator is negated.
                Some(value) if self.operator.negated => value.texts().all(|text| self.accepts(text, context)),
                Some(value) => value.texts().any(|text| self.accepts(text, context)),
            },
        }
    }

    /// The key as written.
    pub(crate) fn key(&self) -> &str {
        self.key.text()
    }

    /// The wanted values, variables replaced, for an explanation.
    pub(crate) fn wanted(&self, context: &Context) -> impl Iterator<Item = String> {
        self.wanted.iter().map(|wanted| wanted.render(context))
    }

    /// The wanted values as written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.wanted.iter().map(Wanted::text)
    }

    /// The condition keys that the condition reads: its own and those of its variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.key()).chain(self.wanted.iter().flat_map(Wanted::keys))
    }

    /// Whether the condition is true only of requests that have the key with one of the wanted values.
    pub(crate) fn pins_its_key(&self) -> bool {
        let Operator { quantifier, comparison, negated, if_exists } = self.operator;
        quantifier != Quantifier::All && comparison != Comparison::Null && !negated && !if_exists
    }

    fn null_holds(&self, value: Option<&Value>) -> bool {
        match self.operator.quantifier {
            Quantifier::All => true,
            Quantifier::Any => false,
            Quantifier::None => {
                let absent = value.is_none_or(Value::is_null);
                self.wanted.iter().any(|wanted| wanted.is_bool(absent))
            }
        }
    }

    /// Whether one value of the request passes the operator.
    fn accepts(&self, seen: &str, context: &Context) -> bool {
        let seen = Seen::read(self.operator.comparison, seen);
        let mut outcome = Outcome::NoMatch;
        for wanted in &self.wanted {
            match wanted.compare(&seen, context) {
                Outcome::Match => return !self.operator.negated,
                Outcome::Unread => outcome = Outcome::Unread,
                Outcome::NoMatch => {}
            }
        }
        self.operator.negated && (outcome == Outcome::NoMatch || self.deny)
    }
}
