//! Statements.

use std::collections::BTreeSet;

use super::condition::{self, Condition, Operand};
use super::reader::Reader;
use super::{not_understood, token::Token};
use crate::error::Error;

/// A statement that was understood.
#[derive(Debug)]
pub(crate) struct Statement {
    /// What it does.
    pub(crate) kind: Kind,
    /// The table's name as it stands there.
    pub(crate) table: String,
    /// The index that is selected from.
    pub(crate) index: Option<String>,
    /// The top-level attributes it names.
    pub(crate) attributes: BTreeSet<String>,
    /// Whether it selects named attributes only.
    pub(crate) projects: bool,
    /// The WHERE clause.
    pub(crate) filter: Option<Condition>,
    /// The attributes of an item to insert; `None` for values that are not plain.
    pub(crate) item: Vec<(String, Option<Operand>)>,
    /// What is returned, in the words of `ReturnValues`.
    pub(crate) returning: &'static str,
}

/// The four kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Select,
    Insert,
    Update,
    Delete,
}

impl Statement {
    /// Reads a statement. Errs at whatever it is not certain of.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let mut reader = Reader::new(text)?;
        let Token::Word(verb) = reader.next()? else { return Err(not_understood("it begins with no verb")) };
        let read = match verb.to_ascii_uppercase().as_str() {
            "SELECT" => select,
            "INSERT" => insert,
            "UPDATE" => update,
            "DELETE" => delete,
            _ => return Err(not_understood("it is no SELECT, INSERT, UPDATE or DELETE")),
        };
        let statement = read(&mut reader)?;
        reader.end()?;
        Ok(Self { attributes: reader.attributes, ..statement })
    }

    fn new(kind: Kind, (table, index): (String, Option<String>)) -> Self {
        Self {
            kind,
            table,
            index,
            attributes: BTreeSet::new(),
            projects: false,
            filter: None,
            item: Vec::new(),
            returning: "NONE",
        }
    }

    /// The values that an attribute is bound to: every value it can have where the statement acts.
    /// `Ok(None)`: nothing binds it.
    pub(crate) fn bound(&self, attribute: &str) -> Result<Option<Vec<&Operand>>, Error> {
        if self.kind == Kind::Insert {
            let value = self.item.iter().find(|(name, _)| name == attribute).and_then(|(_, value)| value.as_ref());
            return Ok(value.map(|value| vec![value]));
        }
        self.filter.as_ref().map_or(Ok(None), |filter| filter.bound(attribute))
    }
}

fn select(reader: &mut Reader) -> Result<Statement, Error> {
    let projects = !reader.takes("*");
    if projects {
        reader.path()?;
        while reader.takes(",") {
            reader.path()?;
        }
    }
    reader.expect_word("FROM")?;
    let table = reader.name()?;
    let index = if reader.takes(".") { Some(reader.name()?) } else { None };
    let mut statement = Statement { projects, ..Statement::new(Kind::Select, (table, index)) };
    statement.filter = filter(reader)?;
    if reader.takes_word("ORDER") {
        reader.expect_word("BY")?;
        loop {
            reader.path()?;
            let _descending = reader.takes_word("DESC") || reader.takes_word("ASC");
            if !reader.takes(",") {
                break;
            }
        }
    }
    Ok(statement)
}

fn insert(reader: &mut Reader) -> Result<Statement, Error> {
    reader.expect_word("INTO")?;
    let mut statement = Statement::new(Kind::Insert, (reader.name()?, None));
    reader.expect_word("VALUE")?;
    reader.expect("{")?;
    loop {
        let Token::Text(name) = reader.next()? else { return Err(not_understood("an attribute stands in quotes")) };
        if statement.item.iter().any(|(other, _)| *other == name) {
            return Err(not_understood("an attribute is given twice"));
        }
        reader.expect(":")?;
        let value = value(reader)?;
        reader.attributes.insert(name.clone());
        statement.item.push((name, value));
        if reader.takes("}") {
            break;
        }
        reader.expect(",")?;
    }
    if reader.takes_word("IF") {
        reader.expect_word("NOT")?;
        reader.expect_word("EXISTS")?;
    }
    Ok(statement)
}

/// The value of an attribute; `None` where it is not plain.
fn value(reader: &mut Reader) -> Result<Option<Operand>, Error> {
    if ["[", "{", "<<"].iter().any(|open| reader.is(open)) {
        reader.skip_brackets()?;
        return Ok(None);
    }
    if ["TRUE", "FALSE", "NULL"].iter().any(|literal| reader.takes_word(literal)) {
        return Ok(None);
    }
    condition::plain(reader).map(Some)
}

fn update(reader: &mut Reader) -> Result<Statement, Error> {
    let mut statement = Statement::new(Kind::Update, (reader.name()?, None));
    let mut changes = 0;
    loop {
        if reader.takes_word("SET") {
            loop {
                reader.path()?;
                reader.expect("=")?;
                expression(reader)?;
                if !reader.takes(",") {
                    break;
                }
            }
        } else if reader.takes_word("REMOVE") {
            reader.path()?;
        } else {
            break;
        }
        changes += 1;
    }
    if changes == 0 {
        return Err(not_understood("an UPDATE sets or removes something"));
    }
    statement.filter = filter(reader)?;
    statement.returning = returning(reader)?;
    Ok(statement)
}

fn delete(reader: &mut Reader) -> Result<Statement, Error> {
    reader.expect_word("FROM")?;
    let mut statement = Statement::new(Kind::Delete, (reader.name()?, None));
    statement.filter = filter(reader)?;
    statement.returning = returning(reader)?;
    Ok(statement)
}

/// The right-hand side of an assignment. Every name in it counts as an attribute.
fn expression(reader: &mut Reader) -> Result<(), Error> {
    let mut empty = true;
    loop {
        let ends = ["SET", "REMOVE", "WHERE", "RETURNING"].iter().any(|keyword| reader.is_word(keyword));
        if ends || reader.is(",") || reader.peek().is_none() {
            break;
        }
        if ["(", "[", "{", "<<"].iter().any(|open| reader.is(open)) {
            reader.skip_brackets()?;
        } else {
            let token = reader.next()?;
            if let Token::Symbol(symbol) = token
                && !matches!(symbol, "+" | "-" | ".")
            {
                return Err(not_understood("an assignment has one value"));
            }
            reader.note(&token);
        }
        empty = false;
    }
    if empty { Err(not_understood("a value is missing")) } else { Ok(()) }
}

fn filter(reader: &mut Reader) -> Result<Option<Condition>, Error> {
    if reader.takes_word("WHERE") { condition::read(reader, 0).map(Some) } else { Ok(None) }
}

fn returning(reader: &mut Reader) -> Result<&'static str, Error> {
    if !reader.takes_word("RETURNING") {
        return Ok("NONE");
    }
    let all = reader.takes_word("ALL");
    if !all {
        reader.expect_word("MODIFIED")?;
    }
    let old = reader.takes_word("OLD");
    if !old {
        reader.expect_word("NEW")?;
    }
    reader.expect("*")?;
    Ok(match (all, old) {
        (true, true) => "ALL_OLD",
        (true, false) => "ALL_NEW",
        (false, true) => "UPDATED_OLD",
        (false, false) => "UPDATED_NEW",
    })
}

#[cfg(test)]
mod tests;
