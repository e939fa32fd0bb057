//! The little XML that the services speak: elements with texts, no attributes that matter.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deeper than any answer.
const DEPTH_MAX: usize = 16;

/// An element, its own text, and the elements in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// The text is not the XML of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotXml;

impl Element {
    /// Returns the first element in it of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Returns the text of the first element in it of that name.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// Reads a document and returns its root. Knows the five entities of XML and character references, and no others.
pub(super) fn parse(body: &[u8]) -> Result<Element, NotXml> {
    let text = std::str::from_utf8(body).map_err(|_| NotXml)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(|_| NotXml)? {
            Event::Start(tag) => {
                if open.len() >= DEPTH_MAX {
                    return Err(NotXml);
                }
                open.push(element(tag.local_name().as_ref()));
            }
            Event::Empty(tag) => {
                let child = element(tag.local_name().as_ref());
                match open.last_mut() {
                    Some(parent) => parent.children.push(child),
                    None => return Ok(child),
                }
            }
            Event::End(_) => {
                let child = open.pop().ok_or(NotXml)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(child),
                    None => return Ok(child),
                }
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved = match reference.resolve_char_ref().map_err(|_| NotXml)? {
                    Some(character) => character,
                    None => entity(&reference.xml10_content()).ok_or(NotXml)?,
                };
                append(&mut open, resolved.encode_utf8(&mut [0; 4]));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            // Neither is the end of a document, nor is a document type allowed.
            Event::DocType(_) | Event::Eof => return Err(NotXml),
        }
    }
}

fn element(name: &str) -> Element {
    Element {
        name: name.to_owned(),
        ..Element::default()
    }
}

/// Texts outside of the root are the breaks between its declaration and it.
fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn entity(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// How characters that are not ASCII are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    /// As they are, in UTF-8.
    Plain,
    /// As references, which take up to ten bytes.
    References,
}

/// Appends `text` so that it is read back as it is. Returns false, and leaves `out` undefined, if XML has no way to write
/// one of its characters.
pub(super) fn escape_into(out: &mut String, text: &str, beyond: Beyond) -> bool {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Readers turn it into a line feed unless it is a reference.
            '\r' => out.push_str("&#xD;"),
            other if !is_writable(other) => return false,
            other if other.is_ascii() || beyond == Beyond::Plain => out.push(other),
            // Writing to a text does not fail.
            other => drop(write!(out, "&#x{:X};", u32::from(other))),
        }
    }
    true
}

/// The characters of XML 1.0, section 2.2.
pub(super) fn is_writable(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_texts_references_and_sections_are_read() {
        let root = parse(
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\r\n<a x='1'><b>1&lt;2 &amp;&#x41;&#66;&quot;&apos;&gt;</b><c/><b><![CDATA[<&]]>x</b></a>",
        )
        .unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.text_of("b"), Some("1<2 &AB\"'>"));
        assert_eq!(root.text_of("c"), Some(""));
        let texts: Vec<_> = root.children.iter().map(|child| child.text.as_str()).collect();
        assert_eq!(texts, ["1<2 &AB\"'>", "", "<&x"]);
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        let cases: [&[u8]; 10] = [
            b"",
            b"text",
            b"<a>",
            b"<a><b></a>",
            b"</a>",
            b"<a>&unknown;</a>",
            b"<a>&#xFFFFFFFF;</a>",
            b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            b"<a>\xff</a>",
            deep.as_bytes(),
        ];
        for text in cases {
            assert_eq!(parse(text), Err(NotXml), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn characters_that_xml_does_not_have_are_not_written() {
        for text in ["\0", "\u{1f}", "\u{fffe}", "\u{ffff}", "a\u{8}b"] {
            assert!(!escape_into(&mut String::new(), text, Beyond::Plain), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\u{fffe}\u{ffff}]{0,60}") {
            let mut written = "<a>".to_owned();
            prop_assert!(escape_into(&mut written, &text, Beyond::Plain));
            written.push_str("</a>");
            let read = parse(written.as_bytes()).unwrap().text;
            prop_assert_eq!(read, text);
        }

        #[test]
        fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_markup_stops_the_reader(text in "[<>/&;#xab!\\[\\]\\-?='\" ]{0,60}") {
            let _ = parse(text.as_bytes());
        }
    }
}
