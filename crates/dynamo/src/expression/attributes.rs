//! The top-level attributes that an expression names.
//!
//! Where it is not certain that a word is no attribute, it counts as one: a list of allowed attributes
//! then refuses the request, and a list of forbidden ones cannot be slipped past.

use std::collections::BTreeSet;

use super::Names;
use super::token::{Token, tokens};
use crate::error::Error;

/// Which expression it is: they differ in their keywords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// `ProjectionExpression`: no keywords, no functions.
    Projection,
    /// Key conditions, conditions and filters.
    Condition,
    /// `UpdateExpression`.
    Update,
}

/// Adds the attributes of an expression. Errs where it cannot be read, or names a placeholder that is
/// not there.
pub(crate) fn attributes(
    text: &str,
    grammar: Grammar,
    names: Names<'_>,
    found: &mut BTreeSet<String>,
) -> Result<(), Error> {
    let tokens = tokens(text)?;
    let mut before: Option<Token<'_>> = None;
    // A word that follows a keyword is an operand, whatever it is called.
    let mut after_keyword = false;
    for (at, token) in tokens.iter().copied().enumerate() {
        let next = tokens.get(at + 1).copied();
        let nested = before == Some(Token::Symbol("."));
        match token {
            Token::Name(placeholder) => {
                let name = names.resolve(placeholder)?;
                if !nested {
                    found.insert(name.into_owned());
                }
            }
            Token::Word(_)
                if !nested && is_syntax(grammar, token, before.filter(|_| !after_keyword), next, after_keyword) =>
            {
                before = Some(token);
                after_keyword = true;
                continue;
            }
            Token::Word(word) if !nested => {
                found.insert(word.to_owned());
            }
            Token::Word(_) | Token::Value(_) | Token::Number(_) | Token::Symbol(_) => {}
        }
        before = Some(token);
        after_keyword = false;
    }
    Ok(())
}

/// Whether a word is a keyword or a function where it stands.
fn is_syntax(
    grammar: Grammar,
    word: Token<'_>,
    before: Option<Token<'_>>,
    next: Option<Token<'_>>,
    after_keyword: bool,
) -> bool {
    let calls = next == Some(Token::Symbol("("));
    let after_operand = before.is_some_and(ends_operand);
    match grammar {
        Grammar::Projection => false,
        Grammar::Condition => {
            let joins = after_operand && ["AND", "OR", "BETWEEN", "IN"].iter().any(|keyword| word.is_word(keyword));
            let negates = word.is_word("NOT") && next.is_some_and(begins_operand);
            calls || joins || negates
        }
        Grammar::Update => {
            let clause = ["SET", "REMOVE", "ADD", "DELETE"].iter().any(|keyword| word.is_word(keyword));
            calls || (clause && !after_keyword && (before.is_none() || after_operand))
        }
    }
}

fn ends_operand(token: Token<'_>) -> bool {
    match token {
        Token::Word(_) | Token::Name(_) | Token::Value(_) | Token::Number(_) => true,
        Token::Symbol(symbol) => matches!(symbol, ")" | "]"),
    }
}

fn begins_operand(token: Token<'_>) -> bool {
    match token {
        Token::Word(_) | Token::Name(_) | Token::Value(_) => true,
        Token::Number(_) => false,
        Token::Symbol(symbol) => symbol == "(",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::Members;

    fn found(text: &str, grammar: Grammar) -> Result<String, Error> {
        let request = json!({ "ExpressionAttributeNames": {
            "#a": "alpha", "#AND": "and", "#dot": "a.b", "#pk": "player",
        } });
        let names = Names::of(Members(request.as_object().unwrap()))?;
        let mut found = BTreeSet::new();
        attributes(text, grammar, names, &mut found)?;
        Ok(found.into_iter().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn top_level_attributes_are_found() {
        for (grammar, text, expected) in [
            (Grammar::Projection, "a, b.c, d[0].e, #a.#pk", "a alpha b d"),
            (Grammar::Projection, "#dot", "a.b"),
            (Grammar::Projection, "set, remove, AND, size", "AND remove set size"),
            (Grammar::Condition, "a = :v", "a"),
            (Grammar::Condition, "a=:v AND(b<:w OR NOT c>:x)", "a b c"),
            (Grammar::Condition, "NOT attribute_exists(secret)", "secret"),
            (Grammar::Condition, "not(attribute_exists(secret))", "secret"),
            (Grammar::Condition, "size(#a.b) > :v", "alpha"),
            (Grammar::Condition, "a BETWEEN b AND c", "a b c"),
            (Grammar::Condition, "a IN (:x, b, #pk)", "a b player"),
            (Grammar::Condition, "contains ( a , b )", "a b"),
            (Grammar::Condition, "#AND = :v and a = :w", "a and"),
            (Grammar::Condition, "and = :v", "and"),
            (Grammar::Condition, "a = NOT", "NOT a"),
            (Grammar::Condition, "a = :v AND and = :w", "a and"),
            (
                Grammar::Update,
                "SET a = :v, b.c = if_not_exists(d, :w) + e REMOVE f ADD g :n DELETE h :s",
                "a b d e f g h",
            ),
            (Grammar::Update, "SET remove = :v REMOVE set, add", "add remove set"),
            (Grammar::Update, "SET a[0] = list_append(b, #a) REMOVE c[1]", "a alpha b c"),
            (Grammar::Update, "set #pk=a-b remove c", "a b c player"),
            (Grammar::Update, "SET a = set SET b = :v", "a b set"),
        ] {
            assert_eq!(found(text, grammar).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_placeholder_is_refused() {
        for text in ["#b", "a.#b", "attribute_exists(#B)", "#A"] {
            assert!(found(text, Grammar::Condition).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
            for grammar in [Grammar::Projection, Grammar::Condition, Grammar::Update] {
                let _ = found(&text, grammar);
            }
        }

        #[test]
        fn no_attribute_of_a_condition_is_missed(names in prop::collection::vec("[b-z]{2,5}x", 1..6)) {
            let text = names.iter().map(|name| format!("(NOT {name} = :v)")).collect::<Vec<_>>().join(" OR ");
            let found = found(&text, Grammar::Condition).unwrap();
            for name in names {
                prop_assert!(found.split(' ').any(|seen| seen == name));
            }
        }
    }
}
