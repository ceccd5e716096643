//! Writing XML: elements, lists and text.

use crate::tree::{Members, Node};

/// How lists are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// `<Tags><member>…</member></Tags>`, as Query writes them.
    Wrapped,
    /// `<Contents>…</Contents><Contents>…</Contents>`, as S3 writes them.
    Flat,
}

/// Writes `<name>…</name>`; an empty value is `<name/>`.
///
/// Names come from the types of outputs and are written as they are.
pub(crate) fn element(out: &mut String, name: &str, value: &Node, lists: Lists) {
    element_with(out, name, "", value, lists);
}

/// The same with attributes, given as they are written.
pub(crate) fn element_with(out: &mut String, name: &str, attributes: &str, value: &Node, lists: Lists) {
    out.push('<');
    out.push_str(name);
    out.push_str(attributes);
    if is_empty(value) {
        out.push_str("/>");
        return;
    }
    out.push('>');
    content(out, value, lists);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Writes `<name>text</name>`.
pub(crate) fn text_element(out: &mut String, name: &str, value: &str) {
    element(out, name, &Node::Text(value.to_owned()), Lists::Flat);
}

/// Writes what stands between the tags of a value.
pub(crate) fn content(out: &mut String, value: &Node, lists: Lists) {
    match value {
        Node::Null => {}
        Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Bare(_) => {
            if let Some(text) = value.text() {
                escape(out, &text);
            }
        }
        Node::List(items) | Node::Repeated(items) => {
            items.iter().for_each(|item| element(out, "member", item, lists));
        }
        Node::Members(members) => write_members(out, members, lists),
        Node::Map(entries) => entries.iter().for_each(|(key, value)| {
            out.push_str("<entry>");
            text_element(out, "key", key);
            element(out, "value", value, lists);
            out.push_str("</entry>");
        }),
    }
}

fn write_members(out: &mut String, members: &Members, lists: Lists) {
    for (name, value) in members {
        match value {
            Node::List(items) if lists == Lists::Flat => items.iter().for_each(|item| element(out, name, item, lists)),
            _ => element(out, name, value, lists),
        }
    }
}

fn is_empty(value: &Node) -> bool {
    match value {
        Node::Null => true,
        Node::Text(text) | Node::Bare(text) => text.is_empty(),
        Node::List(items) | Node::Repeated(items) => items.is_empty(),
        Node::Members(members) | Node::Map(members) => members.is_empty(),
        Node::Bool(_) | Node::Number(_) => false,
    }
}

/// Escapes text for elements and attributes. Control characters become references, as S3 writes
/// them, although XML 1.0 has no spelling for most.
pub(crate) fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("&#x{:X};", u32::from(character)));
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_element() {
        let mut out = String::new();
        text_element(&mut out, "Key", "<a href=\"x\">&amp;</a>]]>\r\u{1}é");
        assert_eq!(out, "<Key>&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;]]&gt;&#xD;&#x1;é</Key>");
    }
}
