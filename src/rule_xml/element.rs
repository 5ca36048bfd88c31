//! From bytes to elements: as much of XML as a rule needs. There are no document types, hence no entities but those
//! that XML itself has, and what a text may cost is bounded before it is read.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};

use crate::domain::error::{Error, Result};

/// The largest text.
const MOST_BYTES: usize = 1024 * 1024;
/// The deepest element; a rule needs five.
const MOST_DEPTH: usize = 16;
/// The most elements; the largest rule needs about fifteen thousand.
const MOST_ELEMENTS: usize = 20_000;
/// The most attributes of one element.
const MOST_ATTRIBUTES: usize = 32;

/// An element, its name without the prefix. It holds elements or text, never both.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    /// Its `xsi:type`.
    pub(super) kind: Option<String>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
    /// It says that it is not there.
    is_nil: bool,
}

impl Element {
    /// There is nothing in it but its type.
    pub(super) fn is_empty(&self) -> bool {
        self.children.is_empty() && is_blank(&self.text)
    }
}

/// Blanks, tabs and line breaks only.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| " \t\r\n".contains(letter))
}

/// The root of the document.
pub(super) fn parse(xml: &[u8]) -> Result<Element> {
    if xml.len() > MOST_BYTES {
        return Err(refused("is larger than 1 MiB"));
    }
    let text = decoded(xml)?;
    let mut reader = Reader::from_str(&text);
    let mut built = Built::default();
    loop {
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or_default();
            let line = text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
            refused(format!("is not well-formed XML: {error}, in line {line}"))
        })?;
        match event {
            Event::Decl(declaration) if built.elements == 0 => known_encoding(&declaration)?,
            Event::Decl(_) => return Err(refused("holds an XML declaration amid its elements")),
            Event::DocType(_) => return Err(refused("holds a DOCTYPE, which is not taken")),
            Event::Start(start) => built.begin(&start)?,
            Event::Empty(start) => {
                built.begin(&start)?;
                built.end()?;
            }
            Event::End(_) => built.end()?,
            Event::Text(text) => built.text(&text.xml10_content())?,
            Event::CData(text) => built.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => built.reference(&reference)?,
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return built.finish(),
        }
    }
}

fn refused(problem: impl Into<Cow<'static, str>>) -> Error {
    Error::invalid("body", problem)
}

/// UTF-8, or UTF-16 that shows itself by its first two bytes, whatever the first line says: see decision 015.
fn decoded(xml: &[u8]) -> Result<Cow<'_, str>> {
    let utf_16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let (units, rest) = bytes.as_chunks::<2>();
        let text: Result<String, _> =
            char::decode_utf16(units.iter().map(|unit| read(*unit))).collect();
        text.ok()
            .filter(|_| rest.is_empty())
            .map(Cow::Owned)
            .ok_or_else(|| refused("begins as UTF-16, but is not"))
    };
    match xml {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf_16(xml, u16::from_le_bytes),
        [0, b'<', ..] => utf_16(xml, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest),
        _ => utf_8(xml),
    }
}

fn utf_8(bytes: &[u8]) -> Result<Cow<'_, str>> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|_| refused("is neither UTF-8 nor UTF-16 with its mark"))
}

fn known_encoding(declaration: &BytesDecl<'_>) -> Result<()> {
    match declaration.encoding() {
        None => Ok(()),
        Some(Ok(name))
            if ["utf-8", "utf-16"]
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known)) =>
        {
            Ok(())
        }
        Some(_) => Err(refused(
            "is to be utf-8 or utf-16, and to say so or nothing",
        )),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Built {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl Built {
    fn begin(&mut self, start: &BytesStart<'_>) -> Result<()> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(refused(format!("has more than {MOST_ELEMENTS} elements")));
        }
        if self.open.len() == MOST_DEPTH {
            return Err(refused(format!(
                "has elements more than {MOST_DEPTH} deep in each other"
            )));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(refused("has more than one root"));
        }
        let mut element = Element {
            name: start.local_name().into_inner().to_owned(),
            ..Element::default()
        };
        attributes(start, &mut element).map_err(|problem| {
            let open = self.open.iter().map(|element| element.name.as_str());
            let place: Vec<&str> = open.skip(1).chain([element.name.as_str()]).collect();
            Error::invalid(place.join("/"), problem)
        })?;
        self.open.push(element);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some(mut element) = self.open.pop() else {
            return Err(refused("ends an element that never began"));
        };
        if !element.children.is_empty() {
            if !is_blank(&element.text) {
                let problem = "holds text between its elements, where there is none to be";
                return Err(Error::invalid(element.name, problem));
            }
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(_) if element.is_nil => {}
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if is_blank(text) => {}
            None => return Err(refused("holds text outside of its root")),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<()> {
        let unknown = || refused("holds a reference to no character of XML");
        if let Some(character) = reference.resolve_char_ref().map_err(|_| unknown())? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        self.text(resolve_predefined_entity(reference).ok_or_else(unknown)?)
    }

    fn finish(self) -> Result<Element> {
        match self.open.last() {
            Some(element) => Err(refused(format!("ends before </{}>", element.name))),
            None => self.root.ok_or_else(|| refused("holds no element")),
        }
    }
}

/// Its type, and whether it is nothing, by any prefix: `xsi` is a habit, and no other `type` or `nil` is taken. What
/// binds prefixes or names a schema says nothing about a rule.
fn attributes(start: &BytesStart<'_>, element: &mut Element) -> Result<(), String> {
    for (number, attribute) in start.attributes().enumerate() {
        if number == MOST_ATTRIBUTES {
            return Err(format!("has more than {MOST_ATTRIBUTES} attributes"));
        }
        let attribute = attribute.map_err(|error| format!("has a broken attribute: {error}"))?;
        let (name, prefix) = attribute.key.decompose();
        match (
            prefix.map(quick_xml::name::Prefix::into_inner),
            name.into_inner(),
        ) {
            (None, "xmlns")
            | (Some("xmlns"), _)
            | (Some(_), "schemaLocation" | "noNamespaceSchemaLocation") => {}
            (Some(_), "nil") => {
                element.is_nil = attribute
                    .as_bool()
                    .ok_or("has an xsi:nil that is neither true nor false")?;
            }
            (Some(_), "type") if element.kind.is_none() => {
                let kind = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|_| "has an xsi:type that cannot be read")?;
                element.kind = Some(kind.into_owned());
            }
            _ => {
                let name = attribute.key.into_inner();
                return Err(format!("has the attribute {name}, which is not taken"));
            }
        }
    }
    Ok(())
}
