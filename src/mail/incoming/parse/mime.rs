//! The parts of a mail: where each begins and ends. One pass over the lines, whatever they are, within bounds; what is
//! nested as a mail of its own stays whole.

use super::Unreadable;
use super::decoding::Encoding;
use super::header::{Header, Parameters, next_line, without_end};

/// How deep multiparts may lie in each other.
const DEEPEST: usize = 30;

/// The most parts.
const MOST_PARTS: usize = 1_000;

/// The longest header of a part.
const PART_HEADER_BYTES: usize = 64 * 1024;

/// A part that holds no others.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Its type; `text/plain` when it says nothing.
    pub(super) content: Parameters,
    /// How it wants to be shown.
    pub(super) disposition: Parameters,
    /// By which other parts refer to it; without angle brackets.
    pub(super) content_id: String,
    /// How its bytes are encoded.
    encoding: Encoding,
    /// The alternatives that it is one of: the number of their multipart.
    pub(super) alternatives: Option<usize>,
    bytes: &'a [u8],
}

impl Part<'_> {
    /// What it holds.
    pub(super) fn decode(&self) -> Vec<u8> {
        self.encoding.decode(self.bytes)
    }

    /// The beginning of what it holds, from so many bytes of the mail.
    pub(super) fn decode_beginning(&self, most: usize) -> Vec<u8> {
        self.encoding
            .decode(self.bytes.get(..most).unwrap_or(self.bytes))
    }

    /// How many bytes lie in the mail.
    pub(super) fn encoded_len(&self) -> usize {
        self.bytes.len()
    }

    /// The name it wants to have as a file.
    pub(super) fn file_name(&self) -> Option<&str> {
        let name = self.disposition.attribute("filename");
        name.or_else(|| self.content.attribute("name"))
            .filter(|name| !name.trim().is_empty())
    }
}

/// A multipart that is open.
struct Open {
    boundary: Vec<u8>,
    number: usize,
    is_alternative: bool,
    has_parts: bool,
    begin: usize,
}

/// What the lines are read as.
#[derive(Clone, Copy)]
enum Mode {
    /// The header of a part.
    Header { begin: usize },
    /// The bytes of a part; its header was the last of all.
    Bytes { begin: usize },
    /// What stands between parts and is shown to nobody.
    Nothing,
}

/// The walk over a mail.
struct Walk<'a> {
    bytes: &'a [u8],
    open: Vec<Open>,
    multiparts: usize,
    mode: Mode,
    /// The header of the part whose bytes are read.
    header: Header,
    parts: Vec<Part<'a>>,
}

/// The parts of a mail with this header and these bytes below it, in order.
pub(super) fn parts<'a>(header: &Header, body: &'a [u8]) -> Result<Vec<Part<'a>>, Unreadable> {
    let mut walk = Walk {
        bytes: body,
        open: vec![],
        multiparts: 0,
        mode: Mode::Nothing,
        header: Header::default(),
        parts: vec![],
    };
    walk.begin(header, 0)?;
    if walk.open.is_empty() {
        walk.push(header, body)?;
        return Ok(walk.parts);
    }
    walk.run()?;
    Ok(walk.parts)
}

impl<'a> Walk<'a> {
    fn run(&mut self) -> Result<(), Unreadable> {
        let mut at = 0;
        let mut rest = self.bytes;
        while !rest.is_empty() {
            let (line, after) = next_line(rest);
            let next = at + line.len();
            self.line(without_end(line), at, next)?;
            (at, rest) = (next, after);
        }
        self.end_part(at)?;
        self.close_down_to(0, at)
    }

    fn line(&mut self, line: &[u8], at: usize, next: usize) -> Result<(), Unreadable> {
        if let Some((level, is_last)) = self.delimiter(line) {
            self.end_part(at)?;
            self.close_down_to(level + 1, at)?;
            if let Some(open) = self.open.last_mut() {
                open.has_parts = true;
            }
            self.mode = Mode::Header { begin: next };
            if is_last {
                self.open.pop();
                self.mode = Mode::Nothing;
            }
            return Ok(());
        }
        match self.mode {
            Mode::Header { begin } if line.is_empty() => self.end_header(begin, at, next),
            Mode::Header { begin } if next - begin > PART_HEADER_BYTES => {
                Err(Unreadable::HeaderTooLong)
            }
            Mode::Header { .. } | Mode::Bytes { .. } | Mode::Nothing => Ok(()),
        }
    }

    /// Which open multipart the line ends a part of, the innermost first, and whether it was the last one.
    fn delimiter(&self, line: &[u8]) -> Option<(usize, bool)> {
        let text = line.strip_prefix(b"--")?;
        let levels = self.open.iter().enumerate().rev();
        for (level, open) in levels {
            match text.strip_prefix(open.boundary.as_slice()) {
                Some(rest) if rest.trim_ascii().is_empty() => return Some((level, false)),
                Some(rest) if rest.trim_ascii() == b"--" => return Some((level, true)),
                _ => {}
            }
        }
        None
    }

    fn end_header(&mut self, begin: usize, at: usize, next: usize) -> Result<(), Unreadable> {
        let (header, _) = Header::split(self.bytes.get(begin..at).unwrap_or_default())?;
        let depth = self.open.len();
        self.begin(&header, next)?;
        if self.open.len() == depth {
            self.mode = Mode::Bytes { begin: next };
            self.header = header;
        }
        Ok(())
    }

    /// What this header begins at `at`: a multipart is opened, anything else is not.
    fn begin(&mut self, header: &Header, at: usize) -> Result<(), Unreadable> {
        let content = Parameters::of(header.first("content-type").unwrap_or_default());
        let boundary = content.attribute("boundary").unwrap_or_default().trim_end();
        if !content.value.starts_with("multipart/") || boundary.is_empty() {
            return Ok(());
        }
        if self.open.len() >= DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        self.multiparts += 1;
        self.open.push(Open {
            boundary: boundary.as_bytes().to_vec(),
            number: self.multiparts,
            is_alternative: content.value == "multipart/alternative",
            has_parts: false,
            begin: at,
        });
        self.mode = Mode::Nothing;
        Ok(())
    }

    /// The part that is being read ends before `at`.
    fn end_part(&mut self, at: usize) -> Result<(), Unreadable> {
        match std::mem::replace(&mut self.mode, Mode::Nothing) {
            Mode::Bytes { begin } => {
                let header = std::mem::take(&mut self.header);
                self.push(&header, without_end(self.slice(begin, at)))
            }
            Mode::Header { begin } => {
                let (header, body) = Header::split(self.slice(begin, at))?;
                self.push(&header, without_end(body))
            }
            Mode::Nothing => Ok(()),
        }
    }

    /// Close multiparts until so many are open. One in which no part was found is shown as the text it is.
    fn close_down_to(&mut self, level: usize, at: usize) -> Result<(), Unreadable> {
        while self.open.len() > level {
            let Some(open) = self.open.pop() else {
                return Ok(());
            };
            if !open.has_parts {
                let text = self.slice(open.begin, at);
                self.push(&Header::default(), text)?;
            }
        }
        Ok(())
    }

    fn slice(&self, begin: usize, end: usize) -> &'a [u8] {
        self.bytes.get(begin..end).unwrap_or_default()
    }

    fn push(&mut self, header: &Header, bytes: &'a [u8]) -> Result<(), Unreadable> {
        if self.parts.len() >= MOST_PARTS {
            return Err(Unreadable::TooManyParts);
        }
        let mut content = Parameters::of(header.first("content-type").unwrap_or_default());
        if content.value.is_empty() || content.value.starts_with("multipart/") {
            "text/plain".clone_into(&mut content.value);
        }
        let disposition = header.first("content-disposition").unwrap_or_default();
        let content_id = header.plain("content-id");
        let innermost = self.open.iter().rev().find(|open| open.is_alternative);
        self.parts.push(Part {
            content,
            disposition: Parameters::of(disposition),
            content_id: content_id.trim_matches(['<', '>', ' ']).to_owned(),
            encoding: Encoding::of(&header.plain("content-transfer-encoding")),
            alternatives: innermost.map(|open| open.number),
            bytes,
        });
        Ok(())
    }
}
