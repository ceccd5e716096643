//! Where the statements of a document stand in its text.

use policy::places::Node;

use crate::simulation::shapes::Position;

/// The begin and the end of every statement, in their order: the brace that opens it, and what follows the brace that
/// closes it. Of what is no document none.
pub fn statements(document: &str) -> Vec<(Position, Position)> {
    let Some(node) = Node::read(document) else { return Vec::new() };
    let items = node.member("Statement").map_or(&[][..], |member| member.node.items());
    let mut here = Cursor { document, at: 0, position: Position { line: 1, column: 1 } };
    items.iter().map(|item| (here.forward(item.span.start), here.forward(item.span.end))).collect()
}

/// A place that moves forward, so that every sign is counted once.
struct Cursor<'a> {
    document: &'a str,
    at: usize,
    position: Position,
}

impl Cursor<'_> {
    /// The position of a later byte.
    fn forward(&mut self, to: usize) -> Position {
        for sign in self.document.get(self.at..to).unwrap_or_default().chars() {
            if sign == '\n' {
                self.position = Position { line: self.position.line + 1, column: 1 };
            } else {
                self.position.column += 1;
            }
        }
        self.at = to;
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let places = statements("{\"Statement\":\n  [{\n\"\u{e9}\":1},{}]}");
        let position = |line, column| Position { line, column };
        assert_eq!(places, [(position(2, 4), position(3, 7)), (position(3, 8), position(3, 10))]);
        assert_eq!(statements(r#"{"Statement":{}}"#), [(position(1, 14), position(1, 16))]);
        assert_eq!(statements("{"), []);
    }
}
