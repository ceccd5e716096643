//! What can be left out without a change.

use super::written::{Document, Element, Item, Statement, Who};
use super::{Code, Warnings, glob};

pub(super) fn check(document: &Document<'_>, warnings: &mut Warnings) {
    for statement in &document.statements {
        if let Some(actions) = &statement.actions {
            list(actions, true, Code::RedundantAction, warnings);
        }
        if let Some(resources) = &statement.resources {
            list(resources, false, Code::RedundantResource, warnings);
        }
    }
    statements(document, warnings);
}

/// Items that another item of the list covers.
fn list(element: &Element<'_>, fold: bool, code: Code, warnings: &mut Warnings) {
    let texts: Vec<String> = element.items.iter().map(|item| folded(item, fold)).collect();
    for (at, (item, text)) in element.items.iter().zip(&texts).enumerate() {
        let wider = texts.iter().zip(&element.items).enumerate().find(|(other, (wide, _))| {
            // Of two that are the same, the first one stays.
            *other != at && covers(wide, text) && (*other < at || !covers(text, wide))
        });
        if let Some((_, (_, wider))) = wider {
            warnings.add(code, item.place(), format!("`{}` is covered by `{}`", item.text, wider.text));
        }
    }
}

fn statements(document: &Document<'_>, warnings: &mut Warnings) {
    let statements = &document.statements;
    for (at, narrow) in statements.iter().enumerate() {
        let wider = statements
            .iter()
            .enumerate()
            .find(|(other, wide)| *other != at && includes(wide, narrow) && (*other < at || !includes(narrow, wide)));
        if let Some((_, wide)) = wider {
            let message = format!("everything that the statement does, `{}` does too", wide.path);
            warnings.add(Code::RedundantStatement, narrow.node.place(&narrow.path), message);
        }
    }
}

/// Whether the one does everything that the other does.
fn includes(wide: &Statement<'_>, narrow: &Statement<'_>) -> bool {
    let free = wide.tests.is_empty() && !has_condition(wide);
    wide.allow == narrow.allow
        && (free || same_condition(wide, narrow))
        && within(wide.actions.as_ref(), narrow.actions.as_ref(), true)
        && within(wide.resources.as_ref(), narrow.resources.as_ref(), false)
        && everybody(wide.principal.as_ref(), narrow.principal.as_ref())
}

fn has_condition(statement: &Statement<'_>) -> bool {
    statement.node.member("Condition").is_some_and(|member| !member.node.members().is_empty())
}

/// Whether the conditions are the same, in the same order.
fn same_condition(left: &Statement<'_>, right: &Statement<'_>) -> bool {
    left.tests.len() == right.tests.len()
        && left.tests.iter().zip(&right.tests).all(|(a, b)| {
            let texts = a.values.iter().map(|value| value.text).eq(b.values.iter().map(|value| value.text));
            a.operator == b.operator && a.key.eq_ignore_ascii_case(b.key) && texts
        })
}

fn within(wide: Option<&Element<'_>>, narrow: Option<&Element<'_>>, fold: bool) -> bool {
    match (wide, narrow) {
        (None, None) => true,
        (Some(wide), Some(narrow)) if !wide.not && !narrow.not => {
            let wide: Vec<String> = wide.items.iter().map(|item| folded(item, fold)).collect();
            let covered = |item: &Item<'_>| {
                let text = folded(item, fold);
                wide.iter().any(|wide| covers(wide, &text))
            };
            narrow.items.iter().all(covered)
        }
        (Some(_) | None, Some(_) | None) => false,
    }
}

fn everybody(wide: Option<&Who<'_>>, narrow: Option<&Who<'_>>) -> bool {
    match (wide, narrow) {
        (None, None) => true,
        (Some(wide), Some(narrow)) if !wide.not && !narrow.not => narrow
            .names
            .iter()
            .all(|(kind, name)| wide.names.iter().any(|(other, wide)| other == kind && wide.text == name.text)),
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// Wildcards that the pattern does not share with plain text, such as a variable, cover only themselves.
fn covers(wide: &str, narrow: &str) -> bool {
    let variables = wide.contains("${");
    wide == narrow || (!variables && part_by_part(wide, narrow))
}

/// In an ARN, a wildcard stays within its part.
fn part_by_part(wide: &str, narrow: &str) -> bool {
    if wide == "*" {
        return true;
    }
    if !wide.starts_with("arn:") {
        return glob::covers(wide, narrow);
    }
    let (wide, narrow) = (glob::parts(wide), glob::parts(narrow));
    wide.len() == 6 && narrow.len() == 6 && wide.iter().zip(&narrow).all(|(wide, narrow)| glob::covers(wide, narrow))
}

fn folded(item: &Item<'_>, fold: bool) -> String {
    if fold { item.text.to_ascii_lowercase() } else { item.text.to_owned() }
}
