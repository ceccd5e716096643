//! XML documents of others, as trees that keep the order of their elements: answers of engines.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::Malformed;
use crate::rest_xml::read::{bad, resolve};
use crate::tree::{MAX_DEPTH, MAX_VALUES};

/// An element, with what is in it. Attributes, namespaces and comments leave no trace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name, without a prefix.
    pub name: String,
    /// Its text; blanks between children are part of it.
    pub text: String,
    /// Its children, in order.
    pub children: Vec<Element>,
}

impl Element {
    /// The root of a document. No DOCTYPE, no entities but XML's own five, bounded depth and count.
    pub fn read(document: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(document).map_err(|_| bad("not UTF-8"))?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}').trim_start());
        let (mut open, mut whole, mut count) = (Vec::<Self>::new(), None::<Self>, 0);
        loop {
            let event = reader.read_event().map_err(|_| bad("not XML"))?;
            let text = match event {
                Event::Start(_) | Event::Empty(_) if whole.is_some() => return Err(bad("a second root element")),
                Event::Start(ref tag) | Event::Empty(ref tag) => {
                    count += 1;
                    if open.len() >= MAX_DEPTH || count > MAX_VALUES {
                        return Err(Malformed::TooLarge);
                    }
                    let name = tag.local_name().into_inner().to_owned();
                    open.push(Self { name, ..Self::default() });
                    if matches!(event, Event::Empty(_)) {
                        close(&mut open, &mut whole)?;
                    }
                    continue;
                }
                Event::End(_) => {
                    close(&mut open, &mut whole)?;
                    continue;
                }
                Event::Text(text) => text.xml10_content().into_owned(),
                Event::CData(text) => text.xml10_content().into_owned(),
                Event::GeneralRef(reference) => resolve(&reference)?.to_string(),
                Event::Decl(_) | Event::Comment(_) => continue,
                Event::DocType(_) | Event::PI(_) => return Err(bad("a DOCTYPE or processing instruction")),
                Event::Eof => break,
            };
            match open.last_mut() {
                Some(element) => element.text.push_str(&text),
                None if text.trim().is_empty() => {}
                None => return Err(bad("text outside the root element")),
            }
        }
        whole.filter(|_| open.is_empty()).ok_or_else(|| bad("an element never ends"))
    }

    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first child of a name.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }

    /// All children of a name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

fn close(open: &mut Vec<Element>, whole: &mut Option<Element>) -> Result<(), Malformed> {
    let element = open.pop().ok_or_else(|| bad("an element ends that never began"))?;
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *whole = Some(element),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_stay_in_order() {
        let text = b"\n<?xml version=\"1.0\"?><R xmlns=\"u\"><A>1&amp;&#65;</A> <B/><A><![CDATA[<2>]]></A></R>";
        let root = Element::read(text).unwrap();
        let names: Vec<&str> = root.children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!((root.name.as_str(), names), ("R", vec!["A", "B", "A"]));
        assert_eq!(root.all("A").map(|a| a.text.as_str()).collect::<Vec<_>>(), ["1&A", "<2>"]);
        assert_eq!((root.text_of("B"), root.text_of("C")), (Some(""), None));
    }

    #[test]
    fn nonsense_is_no_document() {
        let deep = "<a>".repeat(40);
        for bad in [
            "",
            "x",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            &deep,
        ] {
            assert!(Element::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Element::read(b"<a>\xff</a>").is_err());
    }
}
