//! `daypass policy check`: what AWS would refuse, and what a careful reader would ask about.

use std::io::Write;
use std::ops::Range;

use ::policy::places::{Node, Value};
use ::policy::{Fault, Kind, Position, lint};
use serde::Serialize;

use super::paint::Paint;
use super::quote::{Mark, Tone, quote};
use super::{Outcome, file};
use crate::arguments::{Check, PolicyKind};
use crate::failure::Failure;

/// Something to say about a document.
#[derive(Serialize)]
struct Finding {
    file: String,
    kind: &'static str,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    start: Position,
    end: Position,
    #[serde(skip)]
    span: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
}

/// Checks every file; one that cannot be read keeps no other from being checked.
pub fn run(arguments: &Check) -> Result<Outcome, Failure> {
    let mut output = std::io::stdout().lock();
    let paint = Paint::of_output();
    let (mut all, mut unread) = (vec![], None);
    for path in &arguments.files {
        let text = match file::read(path) {
            Ok(text) => text,
            Err(error) => {
                eprintln!("daypass: {error}");
                unread = Some("not every file could be read");
                continue;
            }
        };
        let findings = findings(&path.display().to_string(), &text, arguments);
        if !arguments.json {
            findings.iter().try_for_each(|finding| writeln!(output, "{}", told(finding, &text, paint)))?;
        }
        all.extend(findings);
    }
    let count = |level| all.iter().filter(|finding| finding.level == level).count();
    let (errors, warnings) = (count(Level::Error), count(Level::Warning));
    if arguments.json {
        writeln!(output, "{}", serde_json::to_string_pretty(&all)?)?;
    } else {
        writeln!(output, "{}", summary(arguments.files.len(), errors, warnings, paint))?;
    }
    match unread {
        Some(error) => Err(error.into()),
        None if errors > 0 || (arguments.deny_warnings && warnings > 0) => Ok(Outcome::Ill),
        None => Ok(Outcome::Well),
    }
}

fn findings(file: &str, text: &str, arguments: &Check) -> Vec<Finding> {
    let kind = match (arguments.kind, &arguments.bucket) {
        (Some(kind), _) => kind,
        (None, Some(_)) => PolicyKind::Bucket,
        (None, None) => guess(text),
    };
    let read_as = kind.read_as();
    let fault = match (&arguments.bucket, read_as) {
        (Some(bucket), Kind::Bucket) => Fault::of_bucket(text, bucket),
        _ => Fault::of(text, read_as),
    };
    let finding = |level, code, message, detail, span: Range<usize>| {
        let (start, end) = Position::ends(&span, text);
        Finding { file: file.to_owned(), kind: kind.name(), level, code, message, detail, start, end, span }
    };
    match fault {
        Some(Fault { error, span, detail }) => vec![finding(Level::Error, None, error.to_string(), detail, span)],
        None => lint(text, read_as)
            .into_iter()
            .map(|warning| {
                let code = Some(warning.code.to_string());
                finding(Level::Warning, code, warning.message, None, warning.place.span)
            })
            .collect(),
    }
}

/// What a document is for, as far as it shows: without a principal it is an identity policy.
fn guess(text: &str) -> PolicyKind {
    let root = Node::read(text);
    let statements =
        root.as_ref().and_then(|root| root.member("Statement")).map_or(&[][..], |member| member.node.items());
    let values = |names: [&str; 2]| {
        let elements = statements.iter().flat_map(Node::members).filter(move |member| names.contains(&&*member.name));
        elements.flat_map(|member| member.node.items()).filter_map(Node::text).map(str::to_ascii_lowercase).collect()
    };
    let named = |statement: &Node| ["Principal", "NotPrincipal"].iter().any(|name| statement.member(name).is_some());
    if !statements.iter().filter(|statement| matches!(statement.value, Value::Object(_))).any(named) {
        return PolicyKind::Identity;
    }
    let (actions, resources): (Vec<String>, Vec<String>) =
        (values(["Action", "NotAction"]), values(["Resource", "NotResource"]));
    if resources.is_empty() && actions.iter().all(|action| action.starts_with("sts:")) {
        return PolicyKind::Trust;
    }
    let of_s3 = resources.iter().any(|resource| resource.starts_with("arn:aws:s3:::"));
    if of_s3 { PolicyKind::Bucket } else { PolicyKind::Resource }
}

fn told(finding: &Finding, text: &str, paint: Paint) -> String {
    let Finding { file, level, code, message, detail, span, .. } = finding;
    let code = code.as_ref().map(|code| format!("[{code}]")).unwrap_or_default();
    let (head, tone) = match level {
        Level::Error => (paint.red("error"), Tone::Error),
        Level::Warning => (paint.yellow(&format!("warning{code}")), Tone::Warning),
    };
    let lines = around(span, text);
    let mark = Mark { span: span.clone(), label: detail.clone().unwrap_or_default() };
    let message = super::paint::plain(message);
    format!("{head}{} {}\n{}", paint.bold(":"), paint.bold(&message), quote(file, text, &lines, &[mark], tone, paint))
}

/// The lines about a place: those of its statement are more than a reader needs.
fn around(span: &Range<usize>, text: &str) -> Range<usize> {
    let before = text.get(..span.start).unwrap_or_default();
    let start = before.rmatch_indices('\n').nth(1).map_or(0, |(at, _)| at + 1);
    let first_line = text.get(span.start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.start + at);
    let after = text.get(first_line + 1..).and_then(|rest| rest.find('\n')).map(|at| first_line + 1 + at);
    start..after.unwrap_or(text.trim_end().len()).max(first_line)
}

fn summary(files: usize, errors: usize, warnings: usize, paint: Paint) -> String {
    let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let found = format!("{}: {}, {}", many(files, "file"), many(errors, "error"), many(warnings, "warning"));
    match (errors, warnings) {
        (0, 0) => paint.green(&found),
        (0, _) => paint.yellow(&found),
        _ => paint.red(&found),
    }
}

impl PolicyKind {
    fn read_as(self) -> Kind {
        match self {
            // A service control policy is written as an identity policy is.
            Self::Identity | Self::Scp => Kind::Identity,
            Self::Managed => Kind::Managed,
            Self::Trust => Kind::Trust,
            Self::Bucket => Kind::Bucket,
            Self::Session => Kind::Session,
            Self::Resource => Kind::Resource,
            Self::Rcp => Kind::ResourceControl,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Managed => "managed",
            Self::Trust => "trust",
            Self::Bucket => "bucket",
            Self::Session => "session",
            Self::Resource => "resource",
            Self::Scp => "scp",
            Self::Rcp => "rcp",
        }
    }
}
