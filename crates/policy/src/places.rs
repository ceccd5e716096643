//! Where things stand in a document: JSON read again, with the bytes that each value comes from. Only what is shown to
//! people needs it; decisions are made from documents without places.

use std::ops::Range;

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// The way to it, such as `Statement[0].Condition.StringLike["s3:prefix"][1]`.
    pub path: String,
    /// Its bytes in the text of the document.
    pub span: Range<usize>,
}

/// A value with its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes of the value, quotes and brackets included.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, a number, `true` or `false`: as written.
    Bare(String),
    /// A text, escapes resolved.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of the text.
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name, escapes resolved.
    pub name: String,
    /// The bytes of the name, quotes included.
    pub span: Range<usize>,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// The value that the whole text is; `None` where it is no JSON, or nested deeper than any policy.
    pub fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { text, at: 0 };
        let node = reader.value(0)?;
        reader.skip_blanks();
        (reader.at == text.len()).then_some(node)
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().find(|member| member.name == name)
    }

    /// The members of an object; of anything else none.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            Value::Bare(_) | Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// The items of a list; anything else is its own only item.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            Value::Bare(_) | Value::Text(_) | Value::Object(_) => std::slice::from_ref(self),
        }
    }

    /// The items with the way to each from `path`.
    pub fn items_at(&self, path: &str) -> Vec<(String, &Node)> {
        let listed = matches!(self.value, Value::List(_));
        let way = |at| if listed { format!("{path}[{at}]") } else { path.to_owned() };
        self.items().iter().enumerate().map(|(at, item)| (way(at), item)).collect()
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Bare(text) if text != "null" => Some(text),
            Value::Bare(_) | Value::List(_) | Value::Object(_) => None,
        }
    }

    /// The node as a place.
    pub fn place(&self, path: &str) -> Place {
        Place { path: path.to_owned(), span: self.span.clone() }
    }
}

/// The way to a member: `.Name`, or `["name"]` where the name is more than a word.
pub fn step(path: &str, name: &str) -> String {
    let mut way = path.to_owned();
    let word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !word {
        way.push_str(&format!("[{}]", serde_json::Value::from(name)));
        return way;
    }
    if !way.is_empty() {
        way.push('.');
    }
    way.push_str(name);
    way
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.skip_blanks();
        let start = self.at;
        let value = match self.peek()? {
            _ if depth > DEEPEST => return None,
            b'{' => Value::Object(self.object(depth)?),
            b'[' => Value::List(self.list(depth)?),
            b'"' => Value::Text(self.string()?),
            _ => Value::Bare(self.bare()?),
        };
        Some(Node { span: start..self.at, value })
    }

    fn object(&mut self, depth: usize) -> Option<Vec<Member>> {
        let mut members = vec![];
        self.take(b'{')?;
        while !self.ends(b'}', members.is_empty())? {
            self.skip_blanks();
            let start = self.at;
            let name = self.string()?;
            let span = start..self.at;
            self.skip_blanks();
            self.take(b':')?;
            members.push(Member { name, span, node: self.value(depth + 1)? });
        }
        Some(members)
    }

    fn list(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut items = vec![];
        self.take(b'[')?;
        while !self.ends(b']', items.is_empty())? {
            items.push(self.value(depth + 1)?);
        }
        Some(items)
    }

    /// Takes the end, or the comma before the next item.
    fn ends(&mut self, end: u8, first: bool) -> Option<bool> {
        self.skip_blanks();
        if self.peek()? == end {
            self.at += 1;
            return Some(true);
        }
        if !first {
            self.take(b',')?;
        }
        Some(false)
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok()
    }

    fn bare(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        serde_json::from_str::<serde_json::Value>(word).ok()?;
        self.at += length;
        Some(word.to_owned())
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

/// As deep as the reader of documents goes.
const DEEPEST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_bytes() {
        let text = r#" {"Statement": [ {"Action": "s3:\u0047et", "Condition": {"Bool": {"a:b": true}}} ]} "#;
        let root = Node::read(text).unwrap();
        let statement = &root.member("Statement").unwrap().node;
        let (path, first) = statement.items_at("Statement").remove(0);
        let action = first.member("Action").unwrap();
        assert_eq!((&text[action.span.clone()], action.node.text()), ("\"Action\"", Some("s3:Get")));
        assert_eq!(&text[action.node.span.clone()], r#""s3:\u0047et""#);
        let operator = &first.member("Condition").unwrap().node.member("Bool").unwrap().node;
        let key = operator.member("a:b").unwrap();
        assert_eq!((key.node.text(), &text[key.node.span.clone()]), (Some("true"), "true"));
        assert_eq!(step(&step(&path, "Condition"), "a:b"), "Statement[0].Condition[\"a:b\"]");
        assert_eq!(&text[statement.span.clone()], text.split_at(15).1.trim().strip_suffix('}').unwrap());
    }

    #[test]
    fn what_is_no_json_has_no_places() {
        for text in
            ["", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "[1 2]", "\"\\", "\"\u{1}\"", "tru", "1 1", "[,1]"]
        {
            assert_eq!(Node::read(text), None, "{text}");
        }
        assert_eq!(Node::read(&"[".repeat(100_000)), None);
        assert!(Node::read("[1, -2.5e3, null, true, \"\u{e9}\\\"\"]").is_some_and(|node| node.items().len() == 5));
    }
}
