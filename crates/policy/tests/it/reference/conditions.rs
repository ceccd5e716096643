//! Conditions (section 8).

use std::cmp::Ordering;

use serde_json::{Map, Value as Json};

use super::list;
use super::text::{Token, expanded, fits, get, lower, variable_length, wild};
use super::values::{address, base64, instant, number, range, truth};
use crate::world::World;

/// How a value of the request stands to a value of the policy, under the positive form of the operator.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Match {
    Yes,
    No,
    /// One of the two does not parse.
    Unread,
}

/// All operators, all keys of each.
pub(super) fn hold(world: &World, statement: &Json, new_language: bool, deny: bool) -> bool {
    let Some(Json::Object(operators)) = statement.get("Condition") else {
        return true;
    };
    let mut all = true;
    for (operator, keys) in operators {
        for (key, wanted) in keys.as_object().unwrap() {
            let wanted: Vec<String> = list(wanted).into_iter().map(as_text).collect();
            all &= holds(operator, key, &wanted, &world.context, new_language, deny);
        }
    }
    all
}

/// Numbers and booleans are their text.
fn as_text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The table of 8.2.
fn holds(
    operator: &str,
    key: &str,
    wanted: &[String],
    context: &Map<String, Json>,
    new_language: bool,
    deny: bool,
) -> bool {
    let operator = operator.to_ascii_lowercase();
    let (prefix, name) = operator.split_once(':').unwrap_or(("", &operator));
    let (name, if_exists) = name.strip_suffix("ifexists").map_or((name, false), |name| (name, true));
    let (name, negated) = positive(name);

    let seen: Option<Vec<String>> = match get(context, key) {
        None => None,
        Some(Json::Array(items)) if items.is_empty() => None, // a list without a value is as good as absent
        Some(value) => Some(list(value).into_iter().map(as_text).collect()),
    };
    let null = seen.as_ref().is_none_or(|values| *values == [""]);
    if name == "null" {
        return match prefix {
            "forallvalues" => true,
            "foranyvalue" => false,
            _ => wanted.iter().any(|wanted| truth(wanted) == Some(null)),
        };
    }
    let passes = |value: &String| {
        let answers: Vec<Match> =
            wanted.iter().map(|wanted| compare(&name, wanted, value, context, new_language)).collect();
        match (negated, answers.contains(&Match::Yes)) {
            (false, matched) => matched,
            (true, true) => false,
            // What does not parse counts as a match in a Deny, and as none in an Allow.
            (true, false) => deny || !answers.contains(&Match::Unread),
        }
    };
    match (prefix, seen) {
        ("forallvalues", seen) => null || (!wanted.is_empty() && seen.unwrap_or_default().iter().all(passes)),
        ("foranyvalue", seen) => !null && !wanted.is_empty() && seen.unwrap_or_default().iter().any(passes),
        (_, None) => negated || if_exists,
        (_, Some(_)) if wanted.is_empty() => negated && !if_exists,
        (_, Some(values)) if negated => values.iter().all(passes),
        (_, Some(values)) => values.iter().any(passes),
    }
}

/// The positive form of an operator, and whether the operator is its opposite.
fn positive(name: &str) -> (String, bool) {
    let negated = ["stringnotequals", "stringnotequalsignorecase", "stringnotlike", "numericnotequals"];
    let also = ["datenotequals", "notipaddress", "arnnotequals", "arnnotlike"];
    let opposite = negated.contains(&name) || also.contains(&name);
    (if opposite { name.replacen("not", "", 1) } else { name.to_owned() }, opposite)
}

fn compare(name: &str, wanted: &str, seen: &str, context: &Map<String, Json>, new_language: bool) -> Match {
    let tokens = |text: &str, wildcards: bool| {
        if new_language {
            expanded(text, wildcards, context)
        } else if wildcards {
            Some(wild(text))
        } else {
            Some(text.chars().map(Token::This).collect())
        }
    };
    match name {
        "stringequals" => yes(tokens(wanted, false).is_some_and(|tokens| fits(&tokens, seen))),
        "stringequalsignorecase" => {
            let plain = tokens(wanted, false).map(|tokens| {
                let characters = tokens.into_iter().map(|token| match token {
                    Token::This(character) => character,
                    Token::AnyRun | Token::OneCharacter => unreachable!("there are no wildcards"),
                });
                characters.collect::<String>()
            });
            yes(plain.is_some_and(|plain| lower(&plain) == lower(seen)))
        }
        "stringlike" => yes(tokens(wanted, true).is_some_and(|tokens| fits(&tokens, seen))),
        "bool" => both(truth(wanted), truth(seen), |wanted, seen| wanted == seen),
        "binaryequals" => both(base64(wanted), base64(seen), |wanted, seen| wanted == seen),
        "ipaddress" => match (range(wanted), address(seen)) {
            (Some((start, width, length)), Some((bits, of))) => {
                // The leading bits agree; a range of the other family contains nothing.
                let cut = width - length;
                yes(of == width && (cut == 128 || bits >> cut == start >> cut))
            }
            _ => Match::Unread,
        },
        "arnequals" | "arnlike" => arn(wanted, seen, new_language, &tokens),
        _ => match name.strip_prefix("numeric") {
            Some(order) => both(number(wanted), number(seen), |wanted, seen| in_order(order, seen.cmp(&wanted))),
            None => {
                let order = name.strip_prefix("date").unwrap_or_else(|| panic!("no operator is called {name}"));
                both(instant(wanted), instant(seen), |wanted, seen| in_order(order, seen.cmp(&wanted)))
            }
        },
    }
}

fn yes(matched: bool) -> Match {
    if matched { Match::Yes } else { Match::No }
}

fn both<T>(wanted: Option<T>, seen: Option<T>, matched: impl Fn(T, T) -> bool) -> Match {
    match (wanted, seen) {
        (Some(wanted), Some(seen)) => yes(matched(wanted, seen)),
        _ => Match::Unread,
    }
}

fn in_order(order: &str, seen: Ordering) -> bool {
    match order {
        "equals" => seen == Ordering::Equal,
        "lessthan" => seen == Ordering::Less,
        "lessthanequals" => seen != Ordering::Greater,
        "greaterthan" => seen == Ordering::Greater,
        "greaterthanequals" => seen != Ordering::Less,
        other => panic!("no order is called {other}"),
    }
}

/// Six parts, one by one; colons within `${…}` do not part, and the sixth part keeps its colons.
fn arn(wanted: &str, seen: &str, new_language: bool, tokens: &dyn Fn(&str, bool) -> Option<Vec<Token>>) -> Match {
    let wanted = six_parts(wanted, new_language);
    let seen: Vec<&str> = seen.splitn(6, ':').collect();
    // A first part that can never be `arn` makes no ARN; one with a variable may become it.
    let variable = new_language && has_variable(&wanted[0]);
    if wanted.len() < 6 || !(variable || is_arn(&wanted[0], tokens)) || seen.len() < 6 || seen[0] != "arn" {
        return Match::Unread;
    }
    let tokens: Option<Vec<Vec<Token>>> = wanted.iter().map(|part| tokens(part, true)).collect();
    yes(tokens.is_some_and(|parts| parts.iter().zip(seen).all(|(part, seen)| fits(part, seen))))
}

fn is_arn(part: &str, tokens: &dyn Fn(&str, bool) -> Option<Vec<Token>>) -> bool {
    tokens(part, true).is_some_and(|tokens| fits(&tokens, "arn"))
}

fn has_variable(part: &str) -> bool {
    ["${*}", "${?}", "${$}"].iter().fold(part.to_owned(), |part, escape| part.replace(escape, "")).contains("${")
}

fn six_parts(text: &str, new_language: bool) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let variable = new_language && rest.starts_with("${");
        let length = if variable { variable_length(rest).unwrap_or(rest.len()) } else { first.len_utf8() };
        if first == ':' && parts.len() < 6 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push_str(&rest[..length]);
        }
        rest = &rest[length..];
    }
    parts
}
