//! WHERE clauses.

use super::reader::Reader;
use super::{not_understood, token::Token};
use crate::error::Error;

/// A condition, as far as it can bind a key.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    /// A top-level attribute is equal to one of these values; `None` where they are not plain values.
    Equal { attribute: String, values: Option<Vec<Operand>> },
    /// Anything else.
    Other,
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
}

/// A plain value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    /// A text.
    Text(String),
    /// A number, with its sign.
    Number(String),
    /// A parameter, counted from 0.
    Parameter(usize),
}

/// One side of a comparison.
enum Side {
    Attribute(String),
    Plain(Operand),
    Other,
}

impl Condition {
    /// Every value that an attribute must be equal to one of. `Ok(None)`: nothing binds it. Errs where
    /// it is compared with what is no plain value.
    pub(crate) fn bound(&self, attribute: &str) -> Result<Option<Vec<&Operand>>, Error> {
        match self {
            Self::Equal { attribute: compared, values } if compared == attribute => match values {
                Some(values) => Ok(Some(values.iter().collect())),
                None => Err(not_understood("a key is compared with plain values only")),
            },
            Self::Equal { .. } | Self::Other => Ok(None),
            Self::All(conditions) => {
                let mut all: Option<Vec<&Operand>> = None;
                for condition in conditions {
                    if let Some(values) = condition.bound(attribute)? {
                        all.get_or_insert_default().extend(values);
                    }
                }
                Ok(all)
            }
            Self::Any(conditions) => {
                let mut any = Some(Vec::new());
                for condition in conditions {
                    let values = condition.bound(attribute)?;
                    any = any.zip(values).map(|(mut any, values)| {
                        any.extend(values);
                        any
                    });
                }
                Ok(any)
            }
        }
    }
}

/// Reads a condition.
pub(super) fn read(reader: &mut Reader, depth: usize) -> Result<Condition, Error> {
    if depth > DEEPEST {
        return Err(not_understood("it is nested too deeply"));
    }
    let mut any = vec![conjunction(reader, depth)?];
    while reader.takes_word("OR") {
        any.push(conjunction(reader, depth)?);
    }
    Ok(one_or(any, Condition::Any))
}

fn conjunction(reader: &mut Reader, depth: usize) -> Result<Condition, Error> {
    let mut all = vec![negation(reader, depth)?];
    while reader.takes_word("AND") {
        all.push(negation(reader, depth)?);
    }
    Ok(one_or(all, Condition::All))
}

fn one_or(mut conditions: Vec<Condition>, joined: fn(Vec<Condition>) -> Condition) -> Condition {
    match conditions.pop() {
        Some(only) if conditions.is_empty() => only,
        last => {
            conditions.extend(last);
            joined(conditions)
        }
    }
}

/// What is negated binds nothing, but it must be understood.
fn negation(reader: &mut Reader, depth: usize) -> Result<Condition, Error> {
    let mut negated = false;
    while reader.takes_word("NOT") {
        negated = true;
    }
    let condition = if reader.takes("(") {
        let inner = read(reader, depth + 1)?;
        reader.expect(")")?;
        inner
    } else {
        predicate(reader)?
    };
    Ok(if negated { Condition::Other } else { condition })
}

fn predicate(reader: &mut Reader) -> Result<Condition, Error> {
    let (left, called) = side(reader)?;
    if reader.takes("=") {
        let (right, _) = side(reader)?;
        return Ok(equality(left, right));
    }
    if ["<>", "!=", "<", "<=", ">", ">="].iter().any(|operator| reader.takes(operator)) {
        side(reader)?;
        return Ok(Condition::Other);
    }
    if reader.takes_word("IS") {
        reader.takes_word("NOT");
        let Token::Word(_) = reader.next()? else { return Err(not_understood("IS is followed by a type")) };
        return Ok(Condition::Other);
    }
    let negated = reader.takes_word("NOT");
    if reader.takes_word("BETWEEN") {
        side(reader)?;
        reader.expect_word("AND")?;
        side(reader)?;
        return Ok(Condition::Other);
    }
    if reader.takes_word("IN") {
        let values = members(reader)?;
        return Ok(match left {
            Side::Attribute(attribute) if !negated => Condition::Equal { attribute, values },
            Side::Attribute(_) | Side::Plain(_) | Side::Other => Condition::Other,
        });
    }
    if negated || !called {
        return Err(not_understood("a comparison is missing"));
    }
    Ok(Condition::Other)
}

fn equality(left: Side, right: Side) -> Condition {
    match (left, right) {
        (Side::Attribute(attribute), Side::Plain(value)) | (Side::Plain(value), Side::Attribute(attribute)) => {
            Condition::Equal { attribute, values: Some(vec![value]) }
        }
        (Side::Attribute(left), Side::Attribute(right)) => Condition::All(vec![
            Condition::Equal { attribute: left, values: None },
            Condition::Equal { attribute: right, values: None },
        ]),
        (Side::Attribute(attribute), Side::Other) | (Side::Other, Side::Attribute(attribute)) => {
            Condition::Equal { attribute, values: None }
        }
        (Side::Plain(_) | Side::Other, Side::Plain(_) | Side::Other) => Condition::Other,
    }
}

/// The values of a list. `None` where one is not plain.
fn members(reader: &mut Reader) -> Result<Option<Vec<Operand>>, Error> {
    let close = if reader.takes("(") {
        ")"
    } else {
        reader.expect("[")?;
        "]"
    };
    let mut values = Some(Vec::new());
    loop {
        let (member, _) = side(reader)?;
        values = match (values, member) {
            (Some(mut values), Side::Plain(value)) => {
                values.push(value);
                Some(values)
            }
            _ => None,
        };
        if reader.takes(close) {
            return Ok(values);
        }
        reader.expect(",")?;
    }
}

/// One side of a comparison, and whether it is a function's call.
fn side(reader: &mut Reader) -> Result<(Side, bool), Error> {
    let Some(token) = reader.peek().cloned() else { return Err(not_understood("it ends too early")) };
    match token {
        Token::Text(_) | Token::Number(_) | Token::Parameter(_) => Ok((Side::Plain(plain(reader)?), false)),
        Token::Symbol("-" | "+") => Ok((Side::Plain(plain(reader)?), false)),
        Token::Symbol("[" | "{" | "<<") => {
            reader.skip_brackets()?;
            Ok((Side::Other, false))
        }
        Token::Word(word) if LITERALS.iter().any(|literal| word.eq_ignore_ascii_case(literal)) => {
            reader.next()?;
            Ok((Side::Other, false))
        }
        Token::Word(word) if FUNCTIONS.iter().any(|function| word.eq_ignore_ascii_case(function)) => {
            reader.next()?;
            if !reader.is("(") {
                return Err(not_understood("a function's name is an attribute only in quotes"));
            }
            reader.skip_brackets()?;
            Ok((Side::Other, true))
        }
        _ => {
            let (attribute, nested) = reader.path()?;
            if reader.is("(") {
                return Err(not_understood("the function is unknown"));
            }
            Ok((if nested { Side::Other } else { Side::Attribute(attribute) }, false))
        }
    }
}

/// A plain value, if one stands here.
pub(super) fn plain(reader: &mut Reader) -> Result<Operand, Error> {
    match reader.next()? {
        Token::Text(text) => Ok(Operand::Text(text)),
        Token::Number(digits) => Ok(Operand::Number(digits)),
        Token::Parameter(at) => Ok(Operand::Parameter(at)),
        Token::Symbol(sign @ ("-" | "+")) => match reader.next()? {
            Token::Number(digits) => Ok(Operand::Number(format!("{sign}{digits}"))),
            _ => Err(not_understood("a sign is followed by a number")),
        },
        _ => Err(not_understood("a value is missing")),
    }
}

const LITERALS: [&str; 4] = ["TRUE", "FALSE", "NULL", "MISSING"];

const FUNCTIONS: [&str; 6] =
    ["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"];

const DEEPEST: usize = 24;
