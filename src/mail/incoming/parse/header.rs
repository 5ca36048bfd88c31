//! The header of a mail or of one of its parts: its fields in order, unfolded, within bounds.

use mail_parser::parsers::MessageStream;
use mail_parser::{Address, HeaderValue};

use super::Unreadable;
use super::decoding;

/// The most fields of a header.
const MOST_FIELDS: usize = 2_000;

/// The longest header, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// A field.
#[derive(Debug)]
struct Field {
    /// In lower case.
    name: String,
    /// Without line breaks.
    value: Vec<u8>,
}

/// The fields of a header.
#[derive(Debug, Default)]
pub(super) struct Header {
    fields: Vec<Field>,
    has_bare_return: bool,
}

impl Header {
    /// The header at the beginning of `bytes`, and what comes after it. A line that cannot belong to a header ends it:
    /// some programs forget the empty one. Errors: there is more than a header holds.
    pub(super) fn split(bytes: &[u8]) -> Result<(Self, &[u8]), Unreadable> {
        let mut header = Self::default();
        let mut rest = bytes;
        let mut taken = 0_usize;
        while !rest.is_empty() {
            let (line, after) = next_line(rest);
            let text = without_end(line);
            if text.is_empty() {
                return Ok((header, after));
            }
            if !header.take(text)? {
                return Ok((header, rest));
            }
            taken += line.len();
            if taken > MOST_BYTES {
                return Err(Unreadable::HeaderTooLong);
            }
            rest = after;
        }
        Ok((header, rest))
    }

    /// Take a line; false when it cannot belong to a header.
    fn take(&mut self, line: &[u8]) -> Result<bool, Unreadable> {
        self.has_bare_return |= line.contains(&b'\r');
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some(field) = self.fields.last_mut() {
                field.value.extend_from_slice(line);
            }
            return Ok(true);
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            // The line with which mailbox files begin a mail.
            return Ok(self.fields.is_empty() && line.starts_with(b"From "));
        };
        let (name, value) = line.split_at(colon);
        let name = name.trim_ascii_end();
        let sound = !name.is_empty() && name.iter().all(|byte| matches!(byte, b'!'..=b'~'));
        if !sound {
            return Ok(self.fields.is_empty() && line.starts_with(b"From "));
        }
        if self.fields.len() >= MOST_FIELDS {
            return Err(Unreadable::TooManyFields);
        }
        self.fields.push(Field {
            name: String::from_utf8_lossy(name).to_ascii_lowercase(),
            value: value.get(1..).unwrap_or_default().to_vec(),
        });
        Ok(true)
    }

    /// A carriage return stands where none may: what comes after it is a field to some programs and none to others.
    pub(super) fn has_bare_return(&self) -> bool {
        self.has_bare_return
    }

    /// The values of a field, topmost first. `name` in lower case.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = self.fields.iter().filter(move |field| field.name == name);
        named.map(|field| field.value.as_slice())
    }

    /// The topmost of them.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The topmost as it stands there, trimmed; empty when there is none.
    pub(super) fn plain(&self, name: &str) -> String {
        let value = self.first(name).unwrap_or_default();
        decoding::text(value, None).trim().to_owned()
    }

    /// The topmost as a person reads it: encoded words decoded.
    pub(super) fn decoded(&self, name: &str) -> String {
        let value = self.first(name).unwrap_or_default();
        match MessageStream::new(&line_of(value)).parse_unstructured() {
            HeaderValue::Text(text) => text.into_owned(),
            _ => String::new(),
        }
    }
}

/// As the parser wants it: in UTF-8, with the end of a line.
fn line_of(value: &[u8]) -> Vec<u8> {
    let mut line = decoding::text(value, None).into_bytes();
    line.push(b'\n');
    line
}

/// The addresses in the value of a field.
pub(super) fn addresses(value: &[u8]) -> Option<Address<'static>> {
    match MessageStream::new(&line_of(value)).parse_address() {
        HeaderValue::Address(addresses) => Some(addresses.into_owned()),
        _ => None,
    }
}

/// What a field such as Content-Type says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// `text/plain`, in lower case.
    pub(super) value: String,
    attributes: Vec<(String, String)>,
}

impl Parameters {
    /// From the value of a field.
    pub(super) fn of(value: &[u8]) -> Self {
        let line = line_of(value);
        let HeaderValue::ContentType(read) = MessageStream::new(&line).parse_content_type() else {
            return Self::default();
        };
        let mut value = read.ctype().to_ascii_lowercase();
        if let Some(subtype) = read.subtype() {
            value.push('/');
            value.push_str(&subtype.to_ascii_lowercase());
        }
        let attributes = read.attributes().unwrap_or_default().iter();
        Self {
            value,
            attributes: attributes
                .map(|attribute| {
                    (
                        attribute.name.to_ascii_lowercase(),
                        attribute.value.to_string(),
                    )
                })
                .collect(),
        }
    }

    /// One of its attributes.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut named = self.attributes.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

/// The first line with its end, and what comes after it.
pub(super) fn next_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    bytes.split_at(end.map_or(bytes.len(), |end| end + 1))
}

/// A line without its end.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
