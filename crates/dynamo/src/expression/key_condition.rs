//! Key conditions: which values the partition key is bound to.
//!
//! A key condition is a conjunction of one comparison for each key attribute. Anything else (an `OR`, a
//! `NOT`, a path, two comparisons of one attribute) is refused, so an equality that is found here binds.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Names;
use super::token::{Token, tokens};
use crate::error::Error;
use crate::keys;

/// A key condition that was understood.
#[derive(Debug)]
pub(crate) struct KeyCondition<'a> {
    clauses: Vec<Clause<'a>>,
}

#[derive(Debug)]
struct Clause<'a> {
    attribute: Cow<'a, str>,
    /// The value's name without its colon, where the comparison is an equality.
    equals: Option<&'a str>,
}

impl<'a> KeyCondition<'a> {
    /// Reads a `KeyConditionExpression`.
    pub(crate) fn read(text: &'a str, names: Names<'a>) -> Result<Self, Error> {
        let tokens = tokens(text)?;
        let mut reader = Reader { rest: &tokens, names, clauses: Vec::new() };
        reader.conjunction(0)?;
        if !reader.rest.is_empty() {
            return Err(not_understood());
        }
        let clauses = reader.clauses;
        let twice = clauses
            .iter()
            .enumerate()
            .any(|(at, clause)| clauses.iter().skip(at + 1).any(|other| other.attribute == clause.attribute));
        if twice {
            return Err(Error::validation("KeyConditionExpressions must only contain one condition per key"));
        }
        Ok(Self { clauses })
    }

    /// The texts of the values that the partition key is equal to, one for each of its attributes. Errs
    /// where one of them has no equality, or its value is no key.
    pub(crate) fn bind(&self, hash: &[String], values: Option<&Map<String, Value>>) -> Result<Vec<String>, Error> {
        let bound = hash.iter().map(|attribute| {
            let clause = self.clauses.iter().find(|clause| clause.attribute == attribute.as_str());
            let clause = clause
                .ok_or_else(|| Error::validation(format!("Query condition missed key schema element: {attribute}")))?;
            let name = clause.equals.ok_or_else(|| Error::validation("Query key condition not supported"))?;
            let value = values.and_then(|values| values.get(&format!(":{name}"))).ok_or_else(|| {
                Error::validation(format!(
                    "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; \
                     attribute value: :{name}"
                ))
            })?;
            keys::text(value)
        });
        bound.collect()
    }
}

struct Reader<'t, 'a> {
    rest: &'t [Token<'a>],
    names: Names<'a>,
    clauses: Vec<Clause<'a>>,
}

impl<'a> Reader<'_, 'a> {
    fn conjunction(&mut self, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST {
            return Err(not_understood());
        }
        loop {
            if self.takes(Token::Symbol("(")) {
                self.conjunction(depth + 1)?;
                self.expect(Token::Symbol(")"))?;
            } else {
                let clause = self.clause()?;
                self.clauses.push(clause);
            }
            if !self.takes_word("AND") {
                return Ok(());
            }
        }
    }

    fn clause(&mut self) -> Result<Clause<'a>, Error> {
        match self.rest {
            [Token::Word(function), Token::Symbol("("), ..] if function.eq_ignore_ascii_case("begins_with") => {
                self.rest = self.rest.get(2..).unwrap_or_default();
                let attribute = self.attribute()?;
                self.expect(Token::Symbol(","))?;
                self.value()?;
                self.expect(Token::Symbol(")"))?;
                Ok(Clause { attribute, equals: None })
            }
            [Token::Value(_), ..] => {
                let value = self.value()?;
                let equal = self.comparator()?;
                let attribute = self.attribute()?;
                Ok(Clause { attribute, equals: equal.then_some(value) })
            }
            _ => {
                let attribute = self.attribute()?;
                if self.takes_word("BETWEEN") {
                    self.value()?;
                    if !self.takes_word("AND") {
                        return Err(not_understood());
                    }
                    self.value()?;
                    return Ok(Clause { attribute, equals: None });
                }
                let equal = self.comparator()?;
                let value = self.value()?;
                Ok(Clause { attribute, equals: equal.then_some(value) })
            }
        }
    }

    /// One attribute, which is no path: keys are top-level.
    fn attribute(&mut self) -> Result<Cow<'a, str>, Error> {
        let attribute = match self.next() {
            Some(Token::Name(placeholder)) => self.names.resolve(placeholder)?,
            Some(token @ Token::Word(word)) if !KEYWORDS.iter().any(|keyword| token.is_word(keyword)) => {
                Cow::Borrowed(word)
            }
            _ => return Err(not_understood()),
        };
        match self.rest.first() {
            Some(Token::Symbol("." | "[" | "(")) => Err(not_understood()),
            _ => Ok(attribute),
        }
    }

    fn value(&mut self) -> Result<&'a str, Error> {
        match self.next() {
            Some(Token::Value(name)) => Ok(name),
            _ => Err(not_understood()),
        }
    }

    /// Whether it is `=`.
    fn comparator(&mut self) -> Result<bool, Error> {
        match self.next() {
            Some(Token::Symbol("=")) => Ok(true),
            Some(Token::Symbol("<" | "<=" | ">" | ">=")) => Ok(false),
            _ => Err(not_understood()),
        }
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn takes(&mut self, token: Token<'_>) -> bool {
        let is = self.rest.first() == Some(&token);
        if is {
            self.next();
        }
        is
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let is = self.rest.first().is_some_and(|token| token.is_word(keyword));
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, token: Token<'_>) -> Result<(), Error> {
        if self.takes(token) { Ok(()) } else { Err(not_understood()) }
    }
}

fn not_understood() -> Error {
    Error::validation(
        "Invalid KeyConditionExpression: it is not a conjunction of one comparison for each key attribute",
    )
}

const KEYWORDS: [&str; 5] = ["AND", "OR", "NOT", "BETWEEN", "IN"];

const DEEPEST: usize = 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::Members;

    /// What the partition key `player` is bound to.
    fn bound(text: &str) -> Result<String, Error> {
        let request = json!({
            "ExpressionAttributeNames": { "#pk": "player", "#sk": "game", "#evil": "player = :other OR player" },
            "ExpressionAttributeValues": {
                ":me": { "S": "me" }, ":other": { "S": "other" }, ":n": { "N": "1" }, ":list": { "L": [] },
            },
        });
        let members = Members(request.as_object().unwrap());
        let condition = KeyCondition::read(text, Names::of(members)?)?;
        Ok(condition.bind(&["player".to_owned()], members.map("ExpressionAttributeValues")?)?.concat())
    }

    #[test]
    fn the_equality_is_found_wherever_it_stands() {
        for text in [
            "player = :me",
            "player=:me",
            "\t player\n=\r:me ",
            "#pk = :me",
            ":me = player",
            "(player = :me)",
            "((player = :me))",
            "player = :me AND game > :n",
            "game > :n AND player = :me",
            "begins_with(game, :other) and player = :me",
            "game BETWEEN :n AND :other AND #pk = :me",
            "(game BETWEEN :n AND :other) AND (#pk = :me)",
            "((#sk = :other) AND (#pk = :me))",
            ":n < game AND :me = #pk",
        ] {
            assert_eq!(bound(text).unwrap(), "me", "{text}");
        }
    }

    #[test]
    fn whatever_does_not_bind_the_key_to_one_value_is_refused() {
        for text in [
            "",
            "game = :me",
            "player > :me",
            "player >= :me",
            "player <> :me",
            "begins_with(player, :me)",
            "player BETWEEN :me AND :other",
            "player IN (:me, :other)",
            "player = :me OR player = :other",
            "player = :me OR game = :other",
            "(player = :me OR game > :n) AND player = :other",
            "NOT player = :me",
            "NOT (player = :other) AND player = :me",
            "player = :me AND player = :other",
            "player = :me AND #pk = :other",
            "player = :me AND #pk > :n",
            "player = game",
            "player = #sk",
            "player.x = :me",
            "player[0] = :me",
            "x.player = :me",
            "#pk.#sk = :me",
            "#evil = :me",
            "size(player) = :n",
            "player = :me AND",
            "AND player = :me",
            "player = :me game = :n",
            "player = :me)",
            "(player = :me",
            "player = :absent",
            "player = :list",
            "player = me",
            "#absent = :me",
            "Player = :me",
            "player == :me",
            "player = :me AND attribute_exists(game)",
            "player = :me, game = :n",
            "AND = :me",
        ] {
            assert!(bound(text).is_err(), "{text}");
        }
        assert!(bound(&format!("{}player = :me{}", "(".repeat(40), ")".repeat(40))).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
            let _ = bound(&text);
        }

        #[test]
        fn nothing_that_mentions_another_value_binds_the_key_to_me(
            text in "(\\(|\\)|player|#pk|game|:me|:other|=|<|AND|OR|NOT| ){1,14}"
        ) {
            if let Ok(found) = bound(&text) {
                prop_assert!(!text.contains("OR") && !text.contains("NOT"));
                prop_assert!(found == "me" || found == "other");
            }
        }
    }
}
