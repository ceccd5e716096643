//! One value that a policy wants, read as its operator needs it.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;

use super::operator::{Comparison, Order};
use super::values;
use crate::arn_pattern::{ArnPattern, Target};
use crate::context::Context;
use crate::pattern::{Pattern, Syntax};

/// A wanted value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    /// As written.
    text: Box<str>,
    reading: Reading,
}

/// How a value of the request stands to what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Match,
    NoMatch,
    /// One of the two could not be read.
    Unread,
}

#[derive(Debug, Clone, PartialEq)]
enum Reading {
    /// StringEquals and StringLike; only the second has wildcards.
    Text(Pattern),
    TextIgnoringCase(Pattern),
    Number(Order, i128),
    Instant(Order, i128),
    Bool(bool),
    /// Base64, of which bytes have one spelling only.
    Binary(Box<str>),
    Range(IpNet),
    Arn(ArnPattern),
    /// A value that the operator cannot read.
    Unread,
}

/// A value of the request, read once for all that it is held against.
pub(super) enum Seen<'a> {
    Text(&'a str),
    Number(i128),
    Instant(i128),
    Bool(bool),
    Address(IpAddr),
    Arn(Target<'a>),
    /// A value that the operator cannot read.
    Unread,
}

impl<'a> Seen<'a> {
    /// Reads a value of the request as the comparison needs it.
    pub(super) fn read(comparison: Comparison, text: &'a str) -> Self {
        let seen = match comparison {
            Comparison::StringEquals
            | Comparison::StringEqualsIgnoreCase
            | Comparison::StringLike
            | Comparison::Binary => Some(Self::Text(text)),
            Comparison::Numeric(_) => values::number(text).map(Self::Number),
            Comparison::Date(_) => values::instant(text).map(Self::Instant),
            Comparison::Bool | Comparison::Null => values::boolean(text).map(Self::Bool),
            Comparison::IpAddress => values::address(text).map(Self::Address),
            Comparison::Arn => Some(Target::of(text)).filter(Target::is_arn).map(Self::Arn),
        };
        seen.unwrap_or(Self::Unread)
    }
}

impl Wanted {
    /// Reads a value of the policy; `variables` says whether the document's version has them.
    pub(super) fn read(comparison: Comparison, text: &str, variables: bool) -> Self {
        let pattern = |wildcards| Pattern::compile(text, Syntax { wildcards, variables });
        let reading = match comparison {
            Comparison::StringEquals => Some(Reading::Text(pattern(false))),
            Comparison::StringEqualsIgnoreCase => Some(Reading::TextIgnoringCase(pattern(false))),
            Comparison::StringLike => Some(Reading::Text(pattern(true))),
            Comparison::Numeric(order) => values::number(text).map(|number| Reading::Number(order, number)),
            Comparison::Date(order) => values::instant(text).map(|instant| Reading::Instant(order, instant)),
            Comparison::Bool | Comparison::Null => values::boolean(text).map(Reading::Bool),
            Comparison::Binary => STANDARD.decode(text).ok().map(|_| Reading::Binary(text.into())),
            Comparison::IpAddress => values::range(text).map(Reading::Range),
            Comparison::Arn => ArnPattern::condition(text, variables).map(Reading::Arn),
        };
        Self { text: text.into(), reading: reading.unwrap_or(Reading::Unread) }
    }

    /// Holds a value of the request against the wanted one. Both were read for the same comparison.
    pub(super) fn compare(&self, seen: &Seen<'_>, context: &Context) -> Outcome {
        let matches = match (&self.reading, seen) {
            (Reading::Text(pattern), Seen::Text(seen)) => pattern.matches(seen, context),
            (Reading::TextIgnoringCase(pattern), Seen::Text(seen)) => pattern.equals_ignoring_case(seen, context),
            (Reading::Binary(wanted), Seen::Text(seen)) => **wanted == **seen,
            (Reading::Number(order, wanted), Seen::Number(seen))
            | (Reading::Instant(order, wanted), Seen::Instant(seen)) => order.holds(seen.cmp(wanted)),
            (Reading::Bool(wanted), Seen::Bool(seen)) => wanted == seen,
            (Reading::Range(wanted), Seen::Address(seen)) => wanted.contains(seen),
            (Reading::Arn(wanted), Seen::Arn(seen)) => wanted.matches(*seen, context),
            _ => return Outcome::Unread,
        };
        if matches { Outcome::Match } else { Outcome::NoMatch }
    }

    /// Whether the value is this truth value.
    pub(super) fn is_bool(&self, value: bool) -> bool {
        self.reading == Reading::Bool(value)
    }

    /// The condition keys that it reads.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.patterns().iter().flat_map(Pattern::keys)
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The value with its variables replaced.
    pub(super) fn render(&self, context: &Context) -> String {
        if self.keys().next().is_none() {
            return self.text.to_string();
        }
        let parts: Vec<String> = self.patterns().iter().map(|pattern| pattern.render(context)).collect();
        parts.join(":")
    }

    fn patterns(&self) -> &[Pattern] {
        match &self.reading {
            Reading::Text(pattern) | Reading::TextIgnoringCase(pattern) => std::slice::from_ref(pattern),
            Reading::Arn(pattern) => pattern.parts(),
            Reading::Number(..)
            | Reading::Instant(..)
            | Reading::Bool(_)
            | Reading::Binary(_)
            | Reading::Range(_)
            | Reading::Unread => &[],
        }
    }
}
