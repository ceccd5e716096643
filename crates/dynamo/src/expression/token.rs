//! Tokens of expressions.

use crate::error::Error;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// An attribute's name, a keyword or a function.
    Word(&'a str),
    /// `#name`, without the `#`.
    Name(&'a str),
    /// `:value`, without the `:`.
    Value(&'a str),
    /// The number of a list element.
    Number(&'a str),
    /// An operator or a punctuation mark.
    Symbol(&'static str),
}

impl Token<'_> {
    /// Whether it is this keyword, in whatever case.
    pub(crate) fn is_word(self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// The tokens of an expression. Errs at anything that no expression has.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, Error> {
    if text.len() > LONGEST {
        return Err(Error::validation("Expression size has exceeded the maximum allowed size"));
    }
    if text.trim().is_empty() {
        return Err(Error::validation("The expression can not be empty;"));
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if matches!(first, ' ' | '\t' | '\r' | '\n') {
            rest = rest.get(1..).unwrap_or_default();
            continue;
        }
        let (token, length) = token(rest, first)?;
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(tokens)
}

fn token(rest: &str, first: char) -> Result<(Token<'_>, usize), Error> {
    let name = |from: usize| {
        let tail = rest.get(from..).unwrap_or_default();
        let length = tail.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        (tail.get(..length).unwrap_or_default(), from + length)
    };
    let (token, length) = match first {
        '#' | ':' => {
            let (text, length) = name(1);
            let token = if first == '#' { Token::Name(text) } else { Token::Value(text) };
            if text.is_empty() {
                return Err(unreadable(first));
            }
            (token, length)
        }
        'a'..='z' | 'A'..='Z' | '_' => {
            let (text, length) = name(0);
            (Token::Word(text), length)
        }
        '0'..='9' => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            (Token::Number(rest.get(..length).unwrap_or_default()), length)
        }
        _ => {
            let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let symbol = symbol.ok_or_else(|| unreadable(first))?;
            (Token::Symbol(symbol), symbol.len())
        }
    };
    Ok((token, length))
}

fn unreadable(found: char) -> Error {
    Error::validation(format!("Invalid expression: Syntax error; token: \"{found}\""))
}

/// Longer ones first.
const SYMBOLS: [&str; 14] = ["<>", "<=", ">=", "<", ">", "=", "+", "-", "(", ")", "[", "]", ".", ","];

/// DynamoDB's limit.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_expression_is_split_into_tokens() {
        let found = tokens("begins_with(#a.b[10],:v)AND c<>:w").unwrap();
        let expected = [
            Token::Word("begins_with"),
            Token::Symbol("("),
            Token::Name("a"),
            Token::Symbol("."),
            Token::Word("b"),
            Token::Symbol("["),
            Token::Number("10"),
            Token::Symbol("]"),
            Token::Symbol(","),
            Token::Value("v"),
            Token::Symbol(")"),
            Token::Word("AND"),
            Token::Word("c"),
            Token::Symbol("<>"),
            Token::Value("w"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_no_expression_has_is_refused() {
        for bad in
            ["", "  ", "a = 'x'", "a\u{a0}= :v", "#", "a = :", "a -- b\0", "a;b", "\"a\" = :v", "ä = :v", "a\u{b}"]
        {
            assert!(tokens(bad).is_err(), "{bad:?}");
        }
        assert!(tokens(&"a".repeat(5000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_split_without_a_panic(text in "\\PC{0,80}") {
            let _ = tokens(&text);
        }

        #[test]
        fn any_likely_text_is_split_without_a_panic(text in "[a-cA-C#:()<>=.,+\\[\\]0-2 -]{0,80}") {
            let _ = tokens(&text);
        }
    }
}
