//! Another name for a statement's table.

use super::not_understood;
use super::token::{Token, placed};
use crate::error::Error;

/// The statement, which [`Statement::read`](super::Statement::read) understood, on a table of another name.
pub(crate) fn renamed(statement: &str, table: &str) -> Result<String, Error> {
    let text = statement.trim_end_matches([' ', '\t', '\r', '\n']);
    let tokens = placed(text.strip_suffix(';').unwrap_or(text))?;
    // FROM is no name unless it is quoted, so the first one is the keyword.
    let (verb, _) = tokens.first().ok_or_else(|| not_understood("it is empty"))?;
    let before = if verb.is_word("UPDATE") {
        "UPDATE"
    } else if verb.is_word("INSERT") {
        "INTO"
    } else {
        "FROM"
    };
    let mut after = tokens.iter().skip_while(|(token, _)| !token.is_word(before)).skip(1);
    let Some((Token::Word(_) | Token::Quoted(_), at)) = after.next() else {
        return Err(not_understood("a name is missing"));
    };
    let (start, end) = (text.get(..at.start), text.get(at.end..));
    let (start, end) = start.zip(end).ok_or_else(|| not_understood("a name is missing"))?;
    Ok(format!("{start}\"{table}\"{end}"))
}

#[cfg(test)]
mod tests {
    use super::super::Statement;
    use super::*;

    #[test]
    fn only_the_table_has_another_name() {
        for (statement, expected) in [
            ("SELECT * FROM t WHERE t = 't'", "SELECT * FROM \"other\" WHERE t = 't'"),
            (
                "select t, \"from\" from \"t\".\"t\" where t.t = ?;",
                "select t, \"from\" from \"other\".\"t\" where t.t = ?;",
            ),
            (
                "INSERT INTO t VALUE {'t': 't', 'into': ' FROM t '}",
                "INSERT INTO \"other\" VALUE {'t': 't', 'into': ' FROM t '}",
            ),
            ("UPDATE t SET t = t + 1 WHERE t = 'FROM t' ", "UPDATE \"other\" SET t = t + 1 WHERE t = 'FROM t'"),
            ("DELETE FROM t WHERE t = ' from t'", "DELETE FROM \"other\" WHERE t = ' from t'"),
        ] {
            let renamed = renamed(statement, "other").unwrap();
            assert_eq!(renamed, expected);
            let (before, after) = (Statement::read(statement).unwrap(), Statement::read(&renamed).unwrap());
            assert_eq!((before.table.as_str(), after.table.as_str()), ("t", "other"));
            assert_eq!((before.index, before.attributes, before.filter), (after.index, after.attributes, after.filter));
        }
    }
}
