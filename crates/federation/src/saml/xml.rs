//! XML as far as SAML needs it: a tree that knows its namespaces, read from bounded text.
//!
//! There is no DOCTYPE, and so no entity but XML's own five, no default attribute and no expansion; there are no
//! processing instructions. Comments leave no trace: text around one is one text.

use std::sync::Arc;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// How large a document may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Its length in bytes.
    pub(crate) bytes: usize,
    /// Its elements, all together.
    pub(crate) elements: usize,
}

/// Why a text is no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not well-formed, not UTF-8, or with a name in no namespace that was declared.
    #[error("it is not well-formed: {0}")]
    NotWellFormed(&'static str),
    /// A document type declaration: it could define entities and attributes that no signature covers.
    #[error("it has a DOCTYPE")]
    Doctype,
    /// More bytes, elements, attributes or levels than the bounds allow.
    #[error("it has too many {0}")]
    TooLarge(&'static str),
}

/// A document: its elements in the order of their begin, the root first.
#[derive(Debug)]
pub(crate) struct Document(Vec<Element>);

#[derive(Debug)]
struct Element {
    prefix: String,
    name: String,
    /// Shared by all who are in it: a short document can use a long name often.
    namespace: Arc<str>,
    attributes: Vec<Attribute>,
    /// Namespaces that the element itself declares, by prefix; the default one by the empty prefix.
    declared: Vec<(String, Arc<str>)>,
    children: Vec<Child>,
    parent: Option<usize>,
}

/// An attribute that declares no namespace.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) prefix: String,
    pub(crate) name: String,
    pub(crate) namespace: Arc<str>,
    pub(crate) value: String,
}

#[derive(Debug)]
enum Child {
    Element(usize),
    Text(String),
}

/// What stands in an element.
pub(crate) enum Content<'a> {
    Element(Node<'a>),
    Text(&'a str),
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a> {
    document: &'a Document,
    element: &'a Element,
}

impl Document {
    /// Reads a document within these bounds.
    pub(crate) fn parse(bytes: &[u8], bounds: Bounds) -> Result<Self, Malformed> {
        if bytes.len() > bounds.bytes {
            return Err(Malformed::TooLarge("bytes"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed::NotWellFormed("not UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}');
        if !text.chars().all(is_char) {
            return Err(Malformed::NotWellFormed("a character that XML does not have"));
        }
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_comments = true;
        let mut building = Building { elements: Vec::new(), open: Vec::new(), declarations: 0, bounds };
        loop {
            let event = reader.read_event().map_err(|_| Malformed::NotWellFormed("its markup is broken"))?;
            match event {
                Event::Start(tag) => building.begin(&tag)?,
                Event::Empty(tag) => {
                    building.begin(&tag)?;
                    building.open.pop();
                }
                Event::End(_) => drop(building.open.pop()),
                Event::Text(text) => {
                    if text.contains("]]>") {
                        return Err(Malformed::NotWellFormed("`]]>` in a text"));
                    }
                    building.text(&text.xml10_content())?;
                }
                Event::CData(text) => building.text(&text.xml10_content())?,
                Event::GeneralRef(reference) => building.text(resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
                Event::Decl(_) if building.elements.is_empty() => {}
                Event::Decl(_) => return Err(Malformed::NotWellFormed("a declaration that is not its beginning")),
                Event::Comment(_) => {}
                Event::DocType(_) => return Err(Malformed::Doctype),
                Event::PI(_) => return Err(Malformed::NotWellFormed("a processing instruction")),
                Event::Eof => break,
            }
        }
        match building.elements.is_empty() || !building.open.is_empty() {
            true => Err(Malformed::NotWellFormed("an element never ends")),
            false => Ok(Self(building.elements)),
        }
    }

    /// The element that holds all others.
    pub(crate) fn root(&self) -> Option<Node<'_>> {
        self.node(0)
    }

    /// Every element, the root first.
    pub(crate) fn all(&self) -> impl Iterator<Item = Node<'_>> {
        self.0.iter().map(|element| Node { document: self, element })
    }

    fn node(&self, index: usize) -> Option<Node<'_>> {
        self.0.get(index).map(|element| Node { document: self, element })
    }
}

impl<'a> Node<'a> {
    /// Whether the element has this name in this namespace.
    pub(crate) fn is(self, namespace: &str, name: &str) -> bool {
        self.element.name == name && &*self.element.namespace == namespace
    }

    /// Whether both are the same element of the same document.
    pub(crate) fn is_same(self, other: Node<'_>) -> bool {
        std::ptr::eq(self.element, other.element)
    }

    /// The element around this one.
    pub(crate) fn parent(self) -> Option<Self> {
        self.document.node(self.element.parent?)
    }

    /// The prefix of its name; empty where it has none.
    pub(crate) fn prefix(self) -> &'a str {
        &self.element.prefix
    }

    /// Its name without prefix.
    pub(crate) fn name(self) -> &'a str {
        &self.element.name
    }

    /// Its attributes in their order.
    pub(crate) fn attributes(self) -> &'a [Attribute] {
        &self.element.attributes
    }

    /// The value of an attribute that is in no namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'a str> {
        let own = |attribute: &&Attribute| attribute.prefix.is_empty() && attribute.name == name;
        self.element.attributes.iter().find(own).map(|attribute| attribute.value.as_str())
    }

    /// Texts and elements, in their order.
    pub(crate) fn content(self) -> impl Iterator<Item = Content<'a>> {
        self.element.children.iter().filter_map(move |child| match child {
            Child::Text(text) => Some(Content::Text(text)),
            Child::Element(index) => self.document.node(*index).map(Content::Element),
        })
    }

    /// The elements directly in this one.
    pub(crate) fn children(self) -> impl Iterator<Item = Self> {
        self.content().filter_map(|content| match content {
            Content::Element(node) => Some(node),
            Content::Text(_) => None,
        })
    }

    /// The elements directly in this one that have this name.
    pub(crate) fn children_named(self, namespace: &str, name: &str) -> impl Iterator<Item = Self> {
        self.children().filter(move |child| child.is(namespace, name))
    }

    /// The whole text in this element, that of inner elements included.
    pub(crate) fn text(self) -> String {
        let mut text = String::new();
        self.add_text(&mut text);
        text
    }

    fn add_text(self, to: &mut String) {
        for content in self.content() {
            match content {
                Content::Text(text) => to.push_str(text),
                Content::Element(node) => node.add_text(to),
            }
        }
    }

    /// What a prefix means here; the empty one is the default namespace.
    pub(crate) fn namespace_of(self, prefix: &str) -> Option<&'a str> {
        let mut node = self;
        loop {
            if let Some((_, uri)) = node.element.declared.iter().find(|(declared, _)| declared == prefix) {
                return (!uri.is_empty()).then_some(&**uri);
            }
            node = node.parent()?;
        }
    }
}

struct Building {
    elements: Vec<Element>,
    open: Vec<usize>,
    declarations: usize,
    bounds: Bounds,
}

impl Building {
    fn begin(&mut self, tag: &BytesStart<'_>) -> Result<(), Malformed> {
        let parent = self.open.last().copied();
        if parent.is_none() && !self.elements.is_empty() {
            return Err(Malformed::NotWellFormed("a second root"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Malformed::TooLarge("levels"));
        }
        if self.elements.len() >= self.bounds.elements {
            return Err(Malformed::TooLarge("elements"));
        }
        let (prefix, name) = split(tag.name().into_inner())?;
        let mut element = Element {
            prefix,
            name,
            namespace: Arc::default(),
            attributes: Vec::new(),
            declared: Vec::new(),
            children: Vec::new(),
            parent,
        };
        self.attributes(tag, &mut element)?;
        self.declarations += element.declared.len();
        if self.declarations > MAX_DECLARATIONS {
            return Err(Malformed::TooLarge("namespaces"));
        }
        element.namespace = self.resolve(&element, &element.prefix)?;
        for at in 0..element.attributes.len() {
            let prefix = element.attributes.get(at).map(|attribute| attribute.prefix.clone()).unwrap_or_default();
            // An attribute without prefix is in no namespace.
            let namespace = if prefix.is_empty() { Arc::default() } else { self.resolve(&element, &prefix)? };
            if let Some(attribute) = element.attributes.get_mut(at) {
                attribute.namespace = namespace;
            }
        }
        if has_twins(&element.attributes) {
            return Err(Malformed::NotWellFormed("an attribute stands twice"));
        }
        let index = self.elements.len();
        if let Some(parent) = parent.and_then(|parent| self.elements.get_mut(parent)) {
            parent.children.push(Child::Element(index));
        }
        self.elements.push(element);
        self.open.push(index);
        Ok(())
    }

    fn attributes(&self, tag: &BytesStart<'_>, element: &mut Element) -> Result<(), Malformed> {
        for (count, attribute) in tag.attributes().enumerate() {
            if count >= MAX_ATTRIBUTES {
                return Err(Malformed::TooLarge("attributes"));
            }
            let attribute = attribute.map_err(|_| Malformed::NotWellFormed("a broken attribute"))?;
            if attribute.value.contains('<') {
                return Err(Malformed::NotWellFormed("a `<` in an attribute"));
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0);
            let value = value.map_err(|_| Malformed::NotWellFormed("a reference to nothing"))?.into_owned();
            if !value.chars().all(is_char) {
                return Err(Malformed::NotWellFormed("a character that XML does not have"));
            }
            match attribute.key.into_inner() {
                "xmlns" => element.declared.push((String::new(), declarable(value)?)),
                key => match split(key)? {
                    (prefix, name) if prefix == "xmlns" => {
                        let name = nameable(name, &value)?;
                        element.declared.push((name, declarable(value)?));
                    }
                    (prefix, name) => {
                        element.attributes.push(Attribute { prefix, name, namespace: Arc::default(), value });
                    }
                },
            }
        }
        Ok(())
    }

    fn resolve(&self, element: &Element, prefix: &str) -> Result<Arc<str>, Malformed> {
        if prefix == "xml" {
            return Ok(XML.into());
        }
        let mut scope = Some(element);
        while let Some(element) = scope {
            if let Some((_, uri)) = element.declared.iter().find(|(declared, _)| declared == prefix) {
                return Ok(uri.clone());
            }
            scope = element.parent.and_then(|parent| self.elements.get(parent));
        }
        match prefix {
            "" => Ok(Arc::default()),
            _ => Err(Malformed::NotWellFormed("a prefix that is not declared")),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        let Some(element) = self.open.last().and_then(|open| self.elements.get_mut(*open)) else {
            return match text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
                true => Ok(()),
                false => Err(Malformed::NotWellFormed("text outside the root")),
            };
        };
        match element.children.last_mut() {
            Some(Child::Text(before)) => before.push_str(text),
            _ => element.children.push(Child::Text(text.to_owned())),
        }
        Ok(())
    }
}

/// A prefix that may be declared to mean `uri`: never the two that XML keeps, and never nothing.
fn nameable(prefix: String, uri: &str) -> Result<String, Malformed> {
    match prefix == "xml" || prefix == "xmlns" || uri.is_empty() {
        true => Err(Malformed::NotWellFormed("a declaration that cannot be made")),
        false => Ok(prefix),
    }
}

/// A namespace: the canonical form may declare it again at every element.
fn declarable(uri: String) -> Result<Arc<str>, Malformed> {
    if uri.len() > MAX_NAMESPACE { Err(Malformed::TooLarge("bytes of a namespace")) } else { Ok(uri.into()) }
}

/// Prefix and local name.
fn split(name: &str) -> Result<(String, String), Malformed> {
    let (prefix, local) = name.split_once(':').map_or(("", name), |(prefix, local)| (prefix, local));
    let is_prefixed = name.contains(':');
    if !is_name(local) || (is_prefixed && !is_name(prefix)) {
        return Err(Malformed::NotWellFormed("a name that is none"));
    }
    Ok((prefix.to_owned(), local.to_owned()))
}

/// The names of SAML and its signatures are plain; letters of other scripts are let through as they are.
fn is_name(text: &str) -> bool {
    let begins = |c: char| c.is_alphabetic() || c == '_';
    text.starts_with(begins) && text.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

/// Attributes with two prefixes for one namespace can have one name.
fn has_twins(attributes: &[Attribute]) -> bool {
    attributes.iter().enumerate().any(|(at, one)| {
        attributes.iter().skip(at + 1).any(|other| (&one.namespace, &one.name) == (&other.namespace, &other.name))
    })
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, Malformed> {
    let nothing = Malformed::NotWellFormed("a reference to nothing");
    match reference.resolve_char_ref().map_err(|_| nothing)? {
        Some(character) if is_char(character) => Ok(character),
        Some(_) => Err(nothing),
        None => match &**reference {
            "amp" => Ok('&'),
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "quot" => Ok('"'),
            "apos" => Ok('\''),
            _ => Err(nothing),
        },
    }
}

/// The characters of XML 1.0.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Levels of elements: what reads a document goes down by recursion.
const MAX_DEPTH: usize = 64;
const MAX_ATTRIBUTES: usize = 64;
/// Declarations of namespaces: every name looks through those around it.
const MAX_DECLARATIONS: usize = 1000;
/// Bytes; those of SAML have some fifty.
const MAX_NAMESPACE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { bytes: 10_000, elements: 100 };

    fn refused(text: &str) -> Malformed {
        Document::parse(text.as_bytes(), BOUNDS).unwrap_err()
    }

    #[test]
    fn text_around_a_comment_is_one_text() {
        let document = Document::parse(b"<a>admin<!-- x -->@evil.example<![CDATA[ & ]]>&lt;</a>", BOUNDS).unwrap();
        assert_eq!(document.root().unwrap().text(), "admin@evil.example & <");
    }

    #[test]
    fn names_are_in_the_namespace_that_is_declared_nearest() {
        let text = r#"<p:a xmlns:p="one" xmlns="two"><b/><p:b xmlns:p="three" p:c="x" c="y"/></p:a>"#;
        let document = Document::parse(text.as_bytes(), BOUNDS).unwrap();
        let root = document.root().unwrap();
        let children: Vec<_> = root.children().collect();
        assert!(root.is("one", "a") && children[0].is("two", "b") && children[1].is("three", "b"));
        assert_eq!(children[1].attribute("c"), Some("y"));
        assert_eq!(&*children[1].attributes()[0].namespace, "three");
        assert_eq!(children[0].namespace_of("p"), Some("one"));
    }

    #[test]
    fn attributes_are_normalized_as_xml_says() {
        let document = Document::parse(b"<a b='1\t2\r\n3&#10;4&amp;5'/>", BOUNDS).unwrap();
        assert_eq!(document.root().unwrap().attribute("b"), Some("1 2 3\n4&5"));
    }

    #[test]
    fn what_is_not_well_formed() {
        for bad in [
            "",
            "text",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a b='1' b='2'/>",
            "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
            "<p:a/>",
            "<a p:b=''/>",
            "<a xmlns:p=''/>",
            "<a xmlns:xml='u'/>",
            "<a>&unknown;</a>",
            "<a>&#0;</a>",
            "<a>&#xFFFE;</a>",
            "<a b='&#1;'/>",
            "<a b='<'/>",
            "<a>]]></a>",
            "<a>\u{1}</a>",
            "<?pi x?><a/>",
            "<a><?pi x?></a>",
            "<a><!-- -- --></a>",
            "<a><?xml version='1.0'?></a>",
            "<1a/>",
            "<a:b:c xmlns:a='u'/>",
        ] {
            assert!(matches!(refused(bad), Malformed::NotWellFormed(_)), "{bad}");
        }
        assert!(matches!(Document::parse(b"<a>\xff</a>", BOUNDS), Err(Malformed::NotWellFormed("not UTF-8"))));
    }

    #[test]
    fn a_document_type_is_refused_whatever_it_says() {
        for bad in ["<!DOCTYPE a><a/>", "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"] {
            assert_eq!(refused(bad), Malformed::Doctype);
        }
    }

    #[test]
    fn a_document_is_bounded() {
        assert_eq!(refused(&"<a>".repeat(65)), Malformed::TooLarge("levels"));
        assert_eq!(refused(&format!("<a>{}</a>", "<b/>".repeat(100))), Malformed::TooLarge("elements"));
        let attributes: String = (0..65).map(|number| format!(" a{number}=''")).collect();
        assert_eq!(refused(&format!("<a{attributes}/>")), Malformed::TooLarge("attributes"));
        assert_eq!(refused(&" ".repeat(10_001)), Malformed::TooLarge("bytes"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[<>/a:=\"'!\\[\\]&;#x1 \\-?\u{1}\u{e9}]{0,60}") {
            let _ = Document::parse(text.as_bytes(), BOUNDS);
        }
    }
}
