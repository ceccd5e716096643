//! Wildcards and variables (sections 5 to 7).

use serde_json::{Map, Value as Json};

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token {
    This(char),
    OneCharacter,
    AnyRun,
}

/// The tokens of a text in which `*` and `?` are wildcards, and nothing else is more than itself.
pub(super) fn wild(text: &str) -> Vec<Token> {
    text.chars().map(token).collect()
}

/// The tokens of a text of the version of 2012: `${…}` is replaced by a literal. `None` where a variable has no value
/// or is no proper one: then the text matches nothing.
pub(super) fn expanded(text: &str, wildcards: bool, context: &Map<String, Json>) -> Option<Vec<Token>> {
    let mut tokens = vec![];
    let mut rest = text;
    while !rest.is_empty() {
        if rest.starts_with("${") {
            let (value, after) = variable(rest, context)?;
            tokens.extend(value.chars().map(Token::This));
            rest = after;
        } else {
            let first = rest.chars().next()?;
            tokens.push(if wildcards { token(first) } else { Token::This(first) });
            rest = &rest[first.len_utf8()..];
        }
    }
    Some(tokens)
}

/// Whether the whole text is one that the tokens describe: after each token, which places of the text can be reached?
pub(super) fn fits(tokens: &[Token], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for token in tokens {
        let mut next = vec![false; text.len() + 1];
        for at in (0..=text.len()).filter(|at| reached[*at]) {
            match token {
                Token::AnyRun => next[at..].fill(true),
                Token::OneCharacter if at < text.len() => next[at + 1] = true,
                Token::This(wanted) if text.get(at) == Some(wanted) => next[at + 1] = true,
                Token::OneCharacter | Token::This(_) => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

/// Whether two texts differ in case at most, letter by letter.
pub(super) fn same_but_case(left: &str, right: &str) -> bool {
    lower(left) == lower(right)
}

pub(super) fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The value of a context key in any spelling; of several spellings the last one set counts.
pub(super) fn get<'a>(context: &'a Map<String, Json>, key: &str) -> Option<&'a Json> {
    context.iter().filter(|(name, _)| same_but_case(name, key)).map(|(_, value)| value).next_back()
}

/// The end of what begins with `${`: the bytes up to and with the closing brace, if it is closed at all.
pub(super) fn variable_length(text: &str) -> Option<usize> {
    let inside = &text[2..];
    let plain = inside.find('}').map(|at| 2 + at + 1);
    match inside.find([',', '}']) {
        Some(at) if inside[at..].starts_with(", '") => {
            inside[at + 3..].find("'}").map(|end| 2 + at + 3 + end + 2).or(plain)
        }
        _ => plain,
    }
}

/// The value of the variable that the text begins with, and the text after it.
fn variable<'t>(text: &'t str, context: &Map<String, Json>) -> Option<(String, &'t str)> {
    let end = variable_length(text)?;
    let (inside, after) = (&text[2..end - 1], &text[end..]);
    if matches!(inside, "*" | "?" | "$") {
        return Some((inside.to_owned(), after));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let default = default.strip_prefix(" '")?.strip_suffix('\'')?;
            (key, Some(default.to_owned()))
        }
    };
    if key.is_empty() || key.contains(|c: char| c.is_whitespace() || c == '$' || c == '{') {
        return None;
    }
    let value = match get(context, key) {
        None | Some(Json::Array(_)) => None, // a multivalued key counts as missing
        Some(Json::String(text)) if text.is_empty() => None,
        Some(Json::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    Some((value.or(default)?, after))
}

fn token(character: char) -> Token {
    match character {
        '*' => Token::AnyRun,
        '?' => Token::OneCharacter,
        other => Token::This(other),
    }
}
