//! Reading XML documents. No DOCTYPE, no entities but XML's own five, bounded depth and count.

use std::borrow::Cow;
use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use crate::Malformed;
use crate::tree::{MAX_DEPTH, MAX_VALUES, Members, Node};

/// The content of a document's root, which must have the given name unless that is empty.
///
/// An element is text or has children, never both. Attributes and namespaces are ignored, comments
/// leave no trace.
pub(crate) fn document(body: &[u8], root: &str) -> Result<Node, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| bad("not UTF-8"))?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut whole = None;
    let mut count = 0;
    loop {
        let event = reader.read_event().map_err(|_| bad("not XML"))?;
        match event {
            Event::Start(tag) | Event::Empty(tag) if whole.is_some() || (open.is_empty() && !named(&tag, root)) => {
                return Err(bad("unexpected root element"));
            }
            Event::Start(tag) => {
                count += 1;
                if open.len() >= MAX_DEPTH || count > MAX_VALUES {
                    return Err(Malformed::TooLarge);
                }
                open.push(Element::named(tag.local_name().into_inner()));
            }
            Event::Empty(tag) => {
                count += 1;
                if count > MAX_VALUES {
                    return Err(Malformed::TooLarge);
                }
                close(Element::named(tag.local_name().into_inner()), &mut open, &mut whole)?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or_else(|| bad("an element ends that never began"))?;
                close(element, &mut open, &mut whole)?;
            }
            Event::Text(text) => add_text(&mut open, &text.xml10_content())?,
            Event::CData(text) => add_text(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => add_text(&mut open, resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::DocType(_) | Event::PI(_) => return Err(bad("a DOCTYPE or processing instruction")),
            Event::Eof => break,
        }
    }
    match whole {
        Some(whole) if open.is_empty() => Ok(whole),
        _ => Err(bad("an element never ends")),
    }
}

/// An element that has not ended yet.
struct Element {
    name: String,
    text: String,
    children: Vec<(String, Vec<Node>)>,
    places: HashMap<String, usize>,
}

impl Element {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), text: String::new(), children: Vec::new(), places: HashMap::new() }
    }

    fn add(&mut self, name: String, value: Node) {
        let place = *self.places.entry(name.clone()).or_insert(self.children.len());
        match self.children.get_mut(place) {
            Some((_, siblings)) => siblings.push(value),
            None => self.children.push((name, vec![value])),
        }
    }

    fn into_node(self) -> Result<Node, Malformed> {
        if self.children.is_empty() {
            return Ok(Node::Bare(self.text));
        }
        if !self.text.trim().is_empty() {
            return Err(bad("text between elements"));
        }
        let members = self.children.into_iter().map(|(name, values)| (Cow::Owned(name), Node::Repeated(values)));
        Ok(Node::Members(members.collect::<Members>()))
    }
}

fn named(tag: &quick_xml::events::BytesStart<'_>, root: &str) -> bool {
    root.is_empty() || tag.local_name().into_inner() == root
}

fn close(element: Element, open: &mut [Element], whole: &mut Option<Node>) -> Result<(), Malformed> {
    let name = element.name.clone();
    let value = element.into_node()?;
    match open.last_mut() {
        Some(parent) => parent.add(name, value),
        None => *whole = Some(value),
    }
    Ok(())
}

fn add_text(open: &mut [Element], text: &str) -> Result<(), Malformed> {
    if text.contains('\0') {
        return Err(bad("a NUL"));
    }
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err(bad("text outside the root element")),
    }
    Ok(())
}

pub(crate) fn resolve(reference: &BytesRef<'_>) -> Result<char, Malformed> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| bad("a reference to no character"))? {
        return Ok(character);
    }
    match &**reference {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(bad("an entity that XML does not define")),
    }
}

pub(crate) fn bad(why: &str) -> Malformed {
    Malformed::Document(why.to_owned())
}
