//! Tokens of statements.

use std::ops::Range;

use super::not_understood;
use crate::error::Error;

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A keyword, a function or a name.
    Word(String),
    /// A name in double quotes.
    Quoted(String),
    /// A text in single quotes.
    Text(String),
    /// A number without its sign.
    Number(String),
    /// The place of a parameter, counted from 0.
    Parameter(usize),
    /// An operator or a punctuation mark.
    Symbol(&'static str),
}

impl Token {
    /// Whether it is this keyword, in whatever case.
    pub(super) fn is_word(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(super) fn is(&self, symbol: &str) -> bool {
        matches!(self, Self::Symbol(found) if *found == symbol)
    }
}

/// The tokens of a statement.
pub(super) fn tokens(statement: &str) -> Result<Vec<Token>, Error> {
    Ok(placed(statement)?.into_iter().map(|(token, _)| token).collect())
}

/// The tokens of a statement, and where each stands in it.
pub(super) fn placed(statement: &str) -> Result<Vec<(Token, Range<usize>)>, Error> {
    if statement.is_empty() || statement.chars().count() > LONGEST {
        return Err(not_understood("a statement has 1 to 8192 characters"));
    }
    let mut tokens = Vec::new();
    let mut parameters = 0;
    let mut rest = statement;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            ' ' | '\t' | '\r' | '\n' => {
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            '\'' | '"' => quoted(rest, first)?,
            '0'..='9' => number(rest)?,
            'a'..='z' | 'A'..='Z' | '_' => {
                let length = rest.bytes().take_while(|byte| is_name(*byte)).count();
                (Token::Word(rest.get(..length).unwrap_or_default().to_owned()), length)
            }
            '?' => {
                parameters += 1;
                (Token::Parameter(parameters - 1), 1)
            }
            _ => symbol(rest)?,
        };
        let at = statement.len() - rest.len();
        tokens.push((token, at..at + length));
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(tokens)
}

/// A quote within is doubled.
fn quoted(rest: &str, quote: char) -> Result<(Token, usize), Error> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            text.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else {
            let token = if quote == '"' { Token::Quoted(text) } else { Token::Text(text) };
            return Ok((token, at + 1));
        }
    }
    Err(not_understood("a quote is never closed"))
}

/// Digits, a point, digits, an exponent; a letter may not follow.
fn number(rest: &str) -> Result<(Token, usize), Error> {
    let bytes = rest.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if bytes.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(length + 1 + sign);
        if exponent == 0 {
            return Err(not_understood("an exponent has digits"));
        }
        length += 1 + sign + exponent;
    }
    if bytes.get(length).is_some_and(|byte| is_name(*byte) || *byte == b'.') {
        return Err(not_understood("a number is followed by a blank or an operator"));
    }
    Ok((Token::Number(rest.get(..length).unwrap_or_default().to_owned()), length))
}

fn symbol(rest: &str) -> Result<(Token, usize), Error> {
    let starts_badly = rest.starts_with("--") || rest.starts_with("/*");
    let found = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)).filter(|_| !starts_badly);
    let symbol = found.ok_or_else(|| not_understood("comments and other characters are not served"))?;
    // `.5` is a number to some readers and the end of a path to others.
    if *symbol == "." && rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit) {
        return Err(not_understood("a number begins with a digit"));
    }
    Ok((Token::Symbol(symbol), symbol.len()))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Longer ones first.
const SYMBOLS: [&str; 21] =
    ["<<", ">>", "<>", "<=", ">=", "!=", "<", ">", "=", "+", "-", "(", ")", "[", "]", "{", "}", ".", ",", ":", "*"];

/// DynamoDB's limit.
const LONGEST: usize = 8192;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_is_split_into_tokens() {
        let found = tokens("SELECT \"a\"\"b\".c FROM t WHERE x='it''s'AND y<=-1.5e3 AND z=?").unwrap();
        let word = |text: &str| Token::Word(text.to_owned());
        let expected = [
            word("SELECT"),
            Token::Quoted("a\"b".to_owned()),
            Token::Symbol("."),
            word("c"),
            word("FROM"),
            word("t"),
            word("WHERE"),
            word("x"),
            Token::Symbol("="),
            Token::Text("it's".to_owned()),
            word("AND"),
            word("y"),
            Token::Symbol("<="),
            Token::Symbol("-"),
            Token::Number("1.5e3".to_owned()),
            word("AND"),
            word("z"),
            Token::Symbol("="),
            Token::Parameter(0),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_readers_may_differ_on_is_refused() {
        for bad in [
            "",
            "a -- b",
            "a --b\n= 'c'",
            "a /* b */ = 'c'",
            "a = `2000-01-01T`",
            "a = 'b",
            "\"a",
            "a # b",
            "a\u{a0}= 'b'",
            "ä = 'b'",
            "a = .5",
            "a.5",
            "a = 1ex",
            "a = 1e",
            "a = 1.2.3",
            "a = 5b",
            "a \\ b",
            "a; b",
            "a\u{b}",
        ] {
            assert!(tokens(bad).is_err(), "{bad:?}");
        }
        assert!(tokens(&"a".repeat(8193)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_split_without_a_panic(text in "\\PC{0,80}") {
            let _ = tokens(&text);
        }

        #[test]
        fn a_text_comes_back_from_its_quotes(text in "\\PC{0,40}") {
            let quoted = format!("'{}'", text.replace('\'', "''"));
            prop_assert_eq!(tokens(&quoted).unwrap(), vec![Token::Text(text)]);
        }
    }
}
