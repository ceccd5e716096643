//! Policy variables: are they written properly, and where one is replaced?

use super::written::{Document, Item, Statement, Test};
use super::{Code, Warnings, glob, keys};
use crate::condition::Comparison;
use crate::places::Place;

/// What stands between `${` and `}`.
enum Variable<'a> {
    /// `${*}`, `${?}`, `${$}`.
    Escape,
    Key(&'a str),
    Malformed(&'static str),
}

pub(super) fn check(document: &Document<'_>, statement: &Statement<'_>, warnings: &mut Warnings) {
    let untaken = |item: &Item<'_>, what: &str, warnings: &mut Warnings| {
        if document.variables && item.text.contains("${") {
            let message = format!("no variable is replaced in {what}; `{}` is plain text", item.text);
            warnings.add(Code::VariableNotTaken, item.place(), message);
        }
    };
    for item in statement.actions.iter().flat_map(|element| &element.items) {
        untaken(item, "an action", warnings);
    }
    for (_, item) in statement.principal.iter().flat_map(|who| &who.names) {
        untaken(item, "a principal", warnings);
    }
    for item in statement.resources.iter().flat_map(|element| &element.items) {
        let parts = glob::parts(item.text);
        let early = parts.iter().take(5).any(|part| part.contains("${"));
        if document.variables && early {
            let message = format!("a variable is replaced only after the fifth colon of a resource: `{}`", item.text);
            warnings.add(Code::VariableNotTaken, item.place(), message);
        }
        text(document, item.text, &item.place(), warnings);
    }
    for test in &statement.tests {
        let takes = takes_variables(test);
        for value in &test.values {
            if takes {
                text(document, value.text, &value.place(), warnings);
            } else {
                untaken(value, &format!("a value of `{}`", test.spelling), warnings);
            }
        }
    }
}

fn takes_variables(test: &Test<'_>) -> bool {
    matches!(
        test.operator.comparison,
        Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::StringLike | Comparison::Arn
    )
}

/// The variables in a text that may have some.
fn text(document: &Document<'_>, text: &str, place: &Place, warnings: &mut Warnings) {
    for variable in variables(text) {
        match variable {
            _ if !document.variables => {
                let message = format!("in a policy of 2008, or of no version, `{text}` is plain text");
                return warnings.add(Code::VariableInOldVersion, place.clone(), message);
            }
            Variable::Escape => {}
            Variable::Malformed(why) => {
                let message = format!("`{text}` matches nothing: {why}");
                warnings.add(Code::MalformedVariable, place.clone(), message);
            }
            Variable::Key(name) => {
                let key = keys::known(document, name, place.clone(), warnings);
                if key.is_some_and(|key| key.multivalued) {
                    let message = format!("`{name}` can have several values, so as a variable it has none");
                    warnings.add(Code::MultivaluedVariable, place.clone(), message);
                }
            }
        }
    }
}

fn variables(text: &str) -> impl Iterator<Item = Variable<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, inside) = rest.split_once("${")?;
        let Some((body, after)) = inside.split_once('}') else {
            rest = "";
            return Some(Variable::Malformed("a variable has no `}`"));
        };
        rest = after;
        Some(variable(body))
    })
}

fn variable(body: &str) -> Variable<'_> {
    if matches!(body, "*" | "?" | "$") {
        return Variable::Escape;
    }
    let (name, default) = body.split_once(',').map_or((body, None), |(name, default)| (name, Some(default)));
    let quoted = |text: &str| {
        let text = text.strip_prefix(" '").and_then(|text| text.strip_suffix('\''));
        text.is_some_and(|text| !text.contains('\''))
    };
    match (name, default) {
        ("", _) => Variable::Malformed("a variable has no name"),
        (name, _) if name.contains(char::is_whitespace) => Variable::Malformed("the name of a variable has a space"),
        (_, Some(default)) if !quoted(default) => {
            Variable::Malformed("a default is written `${key, 'text'}`, with one space and single quotes")
        }
        (name, _) => Variable::Key(name),
    }
}
