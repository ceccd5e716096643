//! Where the statements of a document stand in its text.

use crate::simulation::shapes::Position;

/// The begin and the end of every statement, in their order: the brace that opens it, and what follows the brace that
/// closes it. The document is one that was read as a policy.
pub fn statements(document: &str) -> Vec<(Position, Position)> {
    let mut found = Vec::new();
    let mut reader = Reader::default();
    let mut here = Position { line: 1, column: 1 };
    for sign in document.chars() {
        let next = match sign {
            '\n' => Position { line: here.line + 1, column: 1 },
            _ => Position { line: here.line, column: here.column + 1 },
        };
        match reader.read(sign) {
            Some(Edge::Begin) => found.push((here, next)),
            Some(Edge::End) => {
                if let Some((_, end)) = found.last_mut() {
                    *end = next;
                }
            }
            None => {}
        }
        here = next;
    }
    found
}

/// How far a document was read.
#[derive(Default)]
struct Reader {
    /// The text that is being read, or was read last.
    text: String,
    in_text: bool,
    escaped: bool,
    /// How many objects and lists are open.
    depth: usize,
    /// The value of the member `Statement` is being read.
    in_statements: bool,
    /// That value is a list.
    in_list: bool,
}

enum Edge {
    Begin,
    End,
}

impl Reader {
    fn read(&mut self, sign: char) -> Option<Edge> {
        if self.in_text {
            self.read_text(sign);
            return None;
        }
        let level = if self.in_list { 2 } else { 1 };
        match sign {
            '"' => {
                self.in_text = true;
                self.text.clear();
            }
            ':' if self.depth == 1 => self.in_statements = self.text == "Statement",
            ',' if self.depth == 1 => (self.in_statements, self.in_list) = (false, false),
            '[' | '{' => {
                self.depth += 1;
                if sign == '[' && self.in_statements && self.depth == 2 {
                    self.in_list = true;
                } else if sign == '{' && self.in_statements && self.depth == level + 1 {
                    return Some(Edge::Begin);
                }
            }
            ']' | '}' => {
                self.depth = self.depth.saturating_sub(1);
                if sign == '}' && self.in_statements && self.depth == level {
                    return Some(Edge::End);
                }
            }
            _ => {}
        }
        None
    }

    fn read_text(&mut self, sign: char) {
        match sign {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = true,
            '"' => self.in_text = false,
            _ => self.text.push(sign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts between the places, of documents of one line.
    fn texts(document: &str) -> Vec<&str> {
        let cut = |(begin, end): (Position, Position)| {
            assert_eq!((begin.line, end.line), (1, 1));
            document.get(begin.column - 1..end.column - 1).unwrap()
        };
        statements(document).into_iter().map(cut).collect()
    }

    #[test]
    fn statements_are_found_and_nothing_else() {
        assert_eq!(
            texts(r#"{"Id":"Statement","Statement":{"a":{"b":[{}]}},"Conditions":{"x":{}}}"#),
            [r#"{"a":{"b":[{}]}}"#]
        );
        let list = r#"{"Conditions":[{}],"Statement": [ {"a":"}{\"[","c":[{}]} , {"b":{}}],"Id":"{"}"#;
        assert_eq!(texts(list), [r#"{"a":"}{\"[","c":[{}]}"#, r#"{"b":{}}"#]);
    }

    #[test]
    fn lines_and_columns_count_from_one() {
        let places = statements("{\"Statement\":\n  [{\n\"\u{e9}\":1},{}]}");
        let position = |line, column| Position { line, column };
        assert_eq!(places, [(position(2, 4), position(3, 7)), (position(3, 8), position(3, 10))]);
    }
}
