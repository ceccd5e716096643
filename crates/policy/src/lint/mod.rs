//! What in a document is allowed and yet probably not meant: warnings with the place they speak of.
//!
//! A warning never changes a decision and never refuses a document. The rules know the actions, resource types and
//! condition keys of the services in `catalogue`; what they cannot know they leave alone. `docs/policy-lint.md` has a
//! row for every code.

mod actions;
mod code;
mod conditions;
mod glob;
mod grants;
mod keys;
mod redundant;
mod trust;
mod values;
mod variables;
mod written;

pub use code::Code;

use crate::places::{Node, Place};
use crate::policy::Kind;
use crate::stored::counted_size;
use crate::{Malformed, Policy};
use written::Document;

/// Something in a document that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Warning {
    /// What kind of thing; stable.
    pub code: Code,
    /// What is wrong here, in one sentence.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// The warnings about a document of this kind, in the order of their places. A malformed document is the business of
/// [`Policy::parse`], and has none. The time is bounded: of a document that no service would accept for its size only
/// that is told.
pub fn lint(text: &str, kind: Kind) -> Vec<Warning> {
    let parsed: Result<Policy, Malformed> = Policy::parse(text, kind);
    let (Ok(_), Some(root)) = (parsed, Node::read(text)) else {
        return vec![];
    };
    let mut warnings = Warnings(vec![]);
    size(text, kind, &root, &mut warnings);
    if counted_size(text) <= LARGEST {
        let document = Document::of(&root, kind);
        version(&root, &mut warnings);
        for statement in &document.statements {
            actions::check(&document, statement, &mut warnings);
            conditions::check(&document, statement, &mut warnings);
            variables::check(&document, statement, &mut warnings);
            grants::check(statement, &mut warnings);
            trust::check(&document, statement, &mut warnings);
        }
        redundant::check(&document, &mut warnings);
    }
    let mut warnings = warnings.0;
    warnings.sort_by_key(|warning| (warning.place.span.start, warning.code));
    warnings.dedup();
    warnings
}

struct Warnings(Vec<Warning>);

impl Warnings {
    fn add(&mut self, code: Code, place: Place, message: impl Into<String>) {
        self.0.push(Warning { code, message: message.into(), place });
    }
}

fn version(root: &Node, warnings: &mut Warnings) {
    let message = "in the language of 2008, where `${…}` is plain text; say `\"Version\": \"2012-10-17\"`";
    match root.member("Version") {
        Some(member) if member.node.text() == Some("2012-10-17") => {}
        Some(member) => {
            warnings.add(Code::OldVersion, member.node.place("Version"), format!("the policy is {message}"))
        }
        None => {
            warnings.add(Code::OldVersion, root.place(""), format!("a policy that names no version is {message}"));
        }
    }
}

fn size(text: &str, kind: Kind, root: &Node, warnings: &mut Warnings) {
    let (most, size) = match kind {
        Kind::Managed => (6_144, counted_size(text)),
        Kind::Identity => (10_240, counted_size(text)),
        Kind::Trust | Kind::Session => (2_048, counted_size(text)),
        Kind::ResourceControl => (5_120, counted_size(text)),
        Kind::Bucket | Kind::Resource => (LARGEST, text.len()),
    };
    if size > most {
        let message = format!("the policy has {size} characters, and at most {most} are accepted where it belongs");
        warnings.add(Code::PolicySize, root.place(""), message);
    }
}

/// The largest policy of all kinds.
const LARGEST: usize = 20_480;
