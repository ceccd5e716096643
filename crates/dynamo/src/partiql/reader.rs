//! Reading tokens one after the other, and keeping the attributes that are named.

use std::collections::BTreeSet;

use super::not_understood;
use super::token::{Token, tokens};
use crate::error::Error;

/// The rest of a statement, and the top-level attributes found so far.
pub(super) struct Reader {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    pub(super) attributes: BTreeSet<String>,
}

impl Reader {
    pub(super) fn new(statement: &str) -> Result<Self, Error> {
        // One semicolon may end a statement.
        let statement = statement.trim_end_matches([' ', '\t', '\r', '\n']);
        let tokens = tokens(statement.strip_suffix(';').unwrap_or(statement))?;
        Ok(Self { tokens: tokens.into_iter().peekable(), attributes: BTreeSet::new() })
    }

    pub(super) fn next(&mut self) -> Result<Token, Error> {
        self.tokens.next().ok_or_else(|| not_understood("it ends too early"))
    }

    pub(super) fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek()
    }

    pub(super) fn is_word(&mut self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is_word(keyword))
    }

    pub(super) fn is(&mut self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| token.is(symbol))
    }

    pub(super) fn takes_word(&mut self, keyword: &str) -> bool {
        self.tokens.next_if(|token| token.is_word(keyword)).is_some()
    }

    pub(super) fn takes(&mut self, symbol: &str) -> bool {
        self.tokens.next_if(|token| token.is(symbol)).is_some()
    }

    pub(super) fn expect_word(&mut self, keyword: &str) -> Result<(), Error> {
        if self.takes_word(keyword) { Ok(()) } else { Err(not_understood(&format!("{keyword} is missing"))) }
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), Error> {
        if self.takes(symbol) { Ok(()) } else { Err(not_understood(&format!("`{symbol}` is missing"))) }
    }

    pub(super) fn end(&mut self) -> Result<(), Error> {
        if self.peek().is_none() { Ok(()) } else { Err(not_understood("something follows its end")) }
    }

    /// A name, quoted or not.
    pub(super) fn name(&mut self) -> Result<String, Error> {
        match self.next()? {
            Token::Quoted(name) if !name.is_empty() => Ok(name),
            Token::Word(word) if !KEYWORDS.iter().any(|keyword| word.eq_ignore_ascii_case(keyword)) => Ok(word),
            _ => Err(not_understood("a name is missing")),
        }
    }

    /// A path; its first name is an attribute. Yields it, and whether more follows.
    pub(super) fn path(&mut self) -> Result<(String, bool), Error> {
        let name = self.name()?;
        self.attributes.insert(name.clone());
        let mut nested = false;
        loop {
            if self.takes(".") {
                self.name()?;
            } else if self.takes("[") {
                let Token::Number(_) = self.next()? else { return Err(not_understood("an index is a number")) };
                self.expect("]")?;
            } else {
                return Ok((name, nested));
            }
            nested = true;
        }
    }

    /// Skips what stands between brackets, whose first one is the next token. Every name in it counts as
    /// an attribute.
    pub(super) fn skip_brackets(&mut self) -> Result<(), Error> {
        let mut open = Vec::new();
        loop {
            let token = self.next()?;
            let closing = PAIRS.iter().find(|(opening, _)| token.is(opening)).map(|(_, closing)| *closing);
            if let Some(closing) = closing {
                open.push(closing);
            } else if open.last().is_some_and(|closing| token.is(closing)) {
                open.pop();
            } else if PAIRS.iter().any(|(_, closing)| token.is(closing)) {
                return Err(not_understood("brackets are not closed as they were opened"));
            } else {
                self.note(&token);
            }
            if open.is_empty() {
                return Ok(());
            }
        }
    }

    /// A name that may be an attribute is one.
    pub(super) fn note(&mut self, token: &Token) {
        match token {
            Token::Word(name) if !self.is("(") => {
                self.attributes.insert(name.clone());
            }
            Token::Quoted(name) => {
                self.attributes.insert(name.clone());
            }
            _ => {}
        }
    }
}

const PAIRS: [(&str, &str); 4] = [("(", ")"), ("[", "]"), ("{", "}"), ("<<", ">>")];

/// Words that are no names unless they are quoted.
const KEYWORDS: [&str; 31] = [
    "SELECT",
    "FROM",
    "WHERE",
    "INSERT",
    "INTO",
    "VALUE",
    "VALUES",
    "UPDATE",
    "SET",
    "REMOVE",
    "DELETE",
    "RETURNING",
    "ORDER",
    "BY",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "IS",
    "EXISTS",
    "AS",
    "TRUE",
    "FALSE",
    "NULL",
    "MISSING",
    "DISTINCT",
    "ALL",
    "CASE",
    "LIKE",
    "JOIN",
];
