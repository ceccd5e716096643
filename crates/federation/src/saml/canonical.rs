//! Exclusive XML Canonicalization 1.0, without comments: the bytes that a signature is over.
//!
//! Nothing rests on this being right but that genuine documents are accepted: what it wrote is compared with what was
//! signed, and then read instead of the document.

use std::collections::BTreeSet;

use crate::saml::xml::{Attribute, Content, Node};

/// The canonical bytes of an element, without one of the elements in it (its own signature). `inclusive` are the
/// prefixes that are declared wherever they mean something; `#default` is the default namespace.
pub(crate) fn exclusive(node: Node<'_>, without: Option<Node<'_>>, inclusive: &[&str]) -> Vec<u8> {
    let mut out = String::new();
    Writer { without, inclusive }.element(&mut out, node, &mut Vec::new());
    out.into_bytes()
}

struct Writer<'a> {
    without: Option<Node<'a>>,
    inclusive: &'a [&'a str],
}

impl Writer<'_> {
    /// Writes an element below elements that declared the namespaces in `scope`, the nearest last.
    fn element<'n>(&'n self, out: &mut String, node: Node<'n>, scope: &mut Vec<(&'n str, &'n str)>) {
        if self.without.is_some_and(|without| without.is_same(node)) {
            return;
        }
        let outside = scope.len();
        out.push('<');
        name(out, node.prefix(), node.name());
        for prefix in self.prefixes(node) {
            let uri = node.namespace_of(prefix).unwrap_or_default();
            let known = scope.iter().rev().find(|(declared, _)| *declared == prefix).map_or("", |(_, uri)| uri);
            // What means nothing is declared only to take a meaning away.
            if known != uri {
                out.push_str(" xmlns");
                if !prefix.is_empty() {
                    out.push(':');
                    out.push_str(prefix);
                }
                out.push_str("=\"");
                attribute_text(out, uri);
                out.push('"');
                scope.push((prefix, uri));
            }
        }
        let mut attributes: Vec<&Attribute> = node.attributes().iter().collect();
        attributes.sort_by_key(|attribute| (&attribute.namespace, &attribute.name));
        for attribute in attributes {
            out.push(' ');
            name(out, &attribute.prefix, &attribute.name);
            out.push_str("=\"");
            attribute_text(out, &attribute.value);
            out.push('"');
        }
        out.push('>');
        for content in node.content() {
            match content {
                Content::Text(content) => text(out, content),
                Content::Element(child) => self.element(out, child, scope),
            }
        }
        out.push_str("</");
        name(out, node.prefix(), node.name());
        out.push('>');
        scope.truncate(outside);
    }

    /// The prefixes that the element and its attributes are written with, and the inclusive ones, in their order.
    fn prefixes<'n>(&'n self, node: Node<'n>) -> BTreeSet<&'n str> {
        let inclusive = self.inclusive.iter().map(|prefix| if *prefix == "#default" { "" } else { prefix });
        let inclusive = inclusive.filter(|prefix| node.namespace_of(prefix).is_some());
        let of_attributes = node.attributes().iter().map(|attribute| attribute.prefix.as_str());
        let of_attributes = of_attributes.filter(|prefix| !prefix.is_empty());
        let all = std::iter::once(node.prefix()).chain(of_attributes).chain(inclusive);
        all.filter(|prefix| *prefix != "xml").collect()
    }
}

fn name(out: &mut String, prefix: &str, name: &str) {
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(name);
}

fn text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

fn attribute_text(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            '\r' => out.push_str("&#xD;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saml::xml::{Bounds, Document};

    const BOUNDS: Bounds = Bounds { bytes: 10_000, elements: 100 };

    /// The canonical form of the element named `e`, or of the root.
    fn canonical(text: &str, inclusive: &[&str]) -> String {
        let document = Document::parse(text.as_bytes(), BOUNDS).unwrap();
        let node = document.all().find(|node| node.name() == "e").or(document.root()).unwrap();
        String::from_utf8(exclusive(node, None, inclusive)).unwrap()
    }

    #[test]
    fn namespaces_are_declared_where_they_are_first_used() {
        let text = r#"<n0:o xmlns:n0="u:0" xmlns:n3="u:3"><n1:e xmlns:n1="u:1" xml:lang="en"><n3:s xmlns:n3="u:3"/><n1:t/></n1:e></n0:o>"#;
        let wanted = r#"<n1:e xmlns:n1="u:1" xml:lang="en"><n3:s xmlns:n3="u:3"></n3:s><n1:t></n1:t></n1:e>"#;
        assert_eq!(canonical(text, &[]), wanted);
    }

    #[test]
    fn inclusive_prefixes_are_declared_where_they_mean_something() {
        let text = r#"<o xmlns="u:d" xmlns:xs="u:xs"><e><f a="xs:string"/></e></o>"#;
        assert_eq!(canonical(text, &["xs", "no"]), r#"<e xmlns="u:d" xmlns:xs="u:xs"><f a="xs:string"></f></e>"#);
        let prefixed = r#"<p:o xmlns="u:d" xmlns:p="u:p"><p:e/></p:o>"#;
        assert_eq!(canonical(prefixed, &["#default"]), r#"<p:e xmlns="u:d" xmlns:p="u:p"></p:e>"#);
    }

    #[test]
    fn a_default_namespace_is_taken_away_where_one_was_declared() {
        let text = r#"<e xmlns="u:d"><f xmlns=""><g/></f></e>"#;
        assert_eq!(canonical(text, &[]), r#"<e xmlns="u:d"><f xmlns=""><g></g></f></e>"#);
        assert_eq!(canonical(r#"<e xmlns=""><f/></e>"#, &[]), "<e><f></f></e>");
    }

    #[test]
    fn attributes_are_in_the_order_of_namespace_and_name() {
        let text = r#"<e xmlns:b="u:a" xmlns:a="u:b" a:x="1" b:y="2" b:x="3" z="4" y="5"/>"#;
        let wanted = r#"<e xmlns:a="u:b" xmlns:b="u:a" y="5" z="4" b:x="3" b:y="2" a:x="1"></e>"#;
        assert_eq!(canonical(text, &[]), wanted);
    }

    #[test]
    fn characters_are_escaped_as_canonical_xml_says() {
        let text = "<!-- c --><e a='&quot;&lt;&gt;&#9;&#10;&#13;'>&lt;&gt;&amp;\"\r\n&#13;<![CDATA[<]]><!-- c --></e>";
        let wanted = "<e a=\"&quot;&lt;>&#x9;&#xA;&#xD;\">&lt;&gt;&amp;\"\n&#xD;&lt;</e>";
        assert_eq!(canonical(text, &[]), wanted);
    }

    proptest::proptest! {
        #[test]
        fn canonicalizing_twice_changes_nothing(
            parts in proptest::collection::vec(
                proptest::sample::select(vec![
                    "<e>", "</e>", "<p:e xmlns:p='u'>", "</p:e>", "<e xmlns='d' a='&#10;' b='1'>", "t&amp;", "&#13;",
                    "<q:f xmlns:q='v' q:z='1' a=\"'\"/>", "<!-- c -->", "<f xmlns=''/>", "<![CDATA[<]]>",
                ]),
                0..20,
            )
        ) {
            let text = format!("<e>{}</e>", parts.concat());
            if let Ok(document) = Document::parse(text.as_bytes(), BOUNDS) {
                let once = exclusive(document.root().unwrap(), None, &[]);
                let again = Document::parse(&once, BOUNDS).unwrap();
                proptest::prop_assert_eq!(&exclusive(again.root().unwrap(), None, &[]), &once);
            }
        }
    }
}
