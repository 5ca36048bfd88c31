//! What of a mail is shown and what hangs on it as files.

use std::fmt::Write as _;

use super::decoding::{self, clean};
use super::lines::{self, Line};
use super::mime::Part;
use super::{quotes, tnef};
use crate::domain::html::{MAX_BODY_BYTES, escape};

/// The most files of a mail.
const MOST_FILES: usize = 100;

/// How much of a body is shown that is longer than bodies may be.
const SHOWN_OF_LONG: usize = 100_000;

/// Text longer than this is a file, of which the beginning is shown.
const LONG_TEXT: usize = 4 * 1024 * 1024;

/// How much of such a text is read for that.
const READ_OF_LONG: usize = 512 * 1024;

/// A file of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MailFile {
    /// Its name; to be cleaned.
    pub(crate) name: String,
    /// By which the HTML of the mail refers to it; may be empty.
    pub(crate) content_id: String,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
}

/// A body, in the form it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Text(String),
    Html(String),
}

/// What is shown of a mail and what hangs on it.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    source: Source,
    lines: Vec<Line>,
    /// Its files.
    pub(crate) files: Vec<MailFile>,
    /// Files there were too many of.
    pub(crate) left_out: usize,
}

/// The pieces of a mail as they are found.
#[derive(Default)]
struct Pieces {
    html: String,
    text: String,
    /// Some of the text has no HTML that says the same.
    is_text_alone: bool,
    has_html: bool,
    files: Vec<MailFile>,
    left_out: usize,
}

impl Content {
    /// Of these parts.
    pub(super) fn of(parts: &[Part<'_>]) -> Self {
        let mut pieces = Pieces::default();
        for part in parts {
            if is_body(part) {
                pieces.take_text(part, parts);
            } else if !is_signature(part) {
                pieces.take_file(part);
            }
        }
        pieces.into_content()
    }

    /// Its lines.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// As HTML, not sanitised: of a reply, without what it quotes.
    pub(crate) fn html(&self, is_reply: bool) -> String {
        let end = if is_reply {
            quotes::end_of_reply(&self.lines)
        } else {
            quotes::end_above_signature(&self.lines)
        };
        let (Source::Text(source) | Source::Html(source)) = &self.source;
        let shown = end.and_then(|end| source.get(..end)).unwrap_or(source);
        match &self.source {
            Source::Html(_) if shown.len() <= MAX_BODY_BYTES => shown.to_owned(),
            Source::Html(_) => text_as_html(&shorten(&lines::text_of_html(shown))),
            Source::Text(_) => text_as_html(&shorten(shown.trim_end())),
        }
    }

    /// Its beginning as HTML, where all of it is too long.
    pub(crate) fn short_html(&self) -> String {
        let text = match &self.source {
            Source::Html(html) => lines::text_of_html(html),
            Source::Text(text) => text.clone(),
        };
        let mut short: String = text.chars().take(SHOWN_OF_LONG).collect();
        short.push('…');
        text_as_html(&short)
    }

    /// Nothing is shown of it.
    pub(crate) fn is_blank(&self) -> bool {
        self.lines.iter().all(|line| line.text.trim().is_empty())
    }

    /// The whole of a body that is longer than bodies may be, as a file.
    pub(crate) fn too_long(&self) -> Option<MailFile> {
        let (name, text) = match &self.source {
            Source::Text(text) => ("message.txt", text),
            Source::Html(html) => ("message.html", html),
        };
        (text.len() > MAX_BODY_BYTES / 2 && text_as_html(text).len() > MAX_BODY_BYTES).then(|| {
            MailFile {
                name: name.to_owned(),
                content_id: String::new(),
                bytes: text.clone().into_bytes(),
            }
        })
    }

    /// The first line that says something, for a mail without a subject.
    pub(crate) fn first_line(&self) -> Option<&str> {
        let lines = self
            .lines
            .iter()
            .map(|line| line.text.trim_matches('\u{fffc}').trim());
        lines.into_iter().find(|text| !text.is_empty())
    }
}

/// The beginning of a text that is too long.
fn shorten(text: &str) -> String {
    if escape(text).len() + text.matches('\n').count() * 4 <= MAX_BODY_BYTES {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN_OF_LONG).collect();
    short.push('…');
    short
}

/// Plain text as HTML that shows it as it is.
fn text_as_html(text: &str) -> String {
    escape(text).replace('\n', "<br>")
}

/// It is to be read, not saved.
fn is_body(part: &Part<'_>) -> bool {
    matches!(part.content.value.as_str(), "text/plain" | "text/html")
        && part.disposition.value != "attachment"
        && part.file_name().is_none()
}

/// A signature that a program checks and nobody reads.
fn is_signature(part: &Part<'_>) -> bool {
    matches!(
        part.content.value.as_str(),
        "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
    )
}

impl Pieces {
    fn take_text(&mut self, part: &Part<'_>, parts: &[Part<'_>]) {
        let charset = part.content.attribute("charset");
        let bytes = if part.encoded_len() > LONG_TEXT {
            self.take_file(part);
            part.decode_beginning(READ_OF_LONG)
        } else {
            part.decode()
        };
        let text = clean(&decoding::text(&bytes, charset));
        if part.content.value == "text/html" {
            self.html.push_str(&text);
            self.has_html = true;
            return;
        }
        let text = if part
            .content
            .attribute("format")
            .is_some_and(|format| format.eq_ignore_ascii_case("flowed"))
        {
            unflow(&text)
        } else {
            text
        };
        let has_html = |other: &Part<'_>| {
            other.alternatives == part.alternatives && other.content.value == "text/html"
        };
        let is_said_by_html = part.alternatives.is_some()
            && parts.iter().any(|other| is_body(other) && has_html(other));
        if !is_said_by_html {
            self.is_text_alone |= !text.trim().is_empty();
            let _ = write!(self.html, "<div>{}</div>", text_as_html(text.trim_end()));
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(&text);
    }

    fn take_file(&mut self, part: &Part<'_>) {
        if self.files.len() >= MOST_FILES {
            self.left_out += 1;
            return;
        }
        let name = part
            .file_name()
            .map_or_else(|| name_for(part), str::to_owned);
        let bytes = part.decode();
        let is_tnef =
            part.content.value == "application/ms-tnef" || name.eq_ignore_ascii_case("winmail.dat");
        if is_tnef && let Some(inner) = tnef::files(&bytes) {
            let room = MOST_FILES.saturating_sub(self.files.len());
            self.left_out += inner.len().saturating_sub(room);
            let inner = inner.into_iter().take(room).map(|file| MailFile {
                name: file.name,
                content_id: String::new(),
                bytes: file.bytes,
            });
            self.files.extend(inner);
            return;
        }
        self.files.push(MailFile {
            name,
            content_id: part.content_id.clone(),
            bytes,
        });
    }

    fn into_content(self) -> Content {
        let lines = lines::of_html(&self.html);
        // HTML in which nothing is seen beside a text in which something is: the text is meant.
        let html_is_blank = lines.iter().all(|line| line.text.is_empty());
        let text_is_all = !self.has_html || (html_is_blank && !self.text.trim().is_empty());
        let (source, lines) = if text_is_all {
            let lines = lines::of_text(&self.text);
            (Source::Text(self.text), lines)
        } else {
            (Source::Html(self.html), lines)
        };
        Content {
            source,
            lines,
            files: self.files,
            left_out: self.left_out,
        }
    }
}

/// Lines that a program broke, joined again (RFC 3676).
fn unflow(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.split('\n') {
        let text = line.strip_prefix(' ').unwrap_or(line);
        joined.push_str(text);
        let flows = text.ends_with(' ') && text != "-- " && !text.starts_with('>');
        if !flows {
            joined.push('\n');
        }
    }
    joined.pop();
    joined
}

/// A name for a file that has none.
fn name_for(part: &Part<'_>) -> String {
    let kind = part.content.value.as_str();
    let ending = match kind {
        "message/rfc822" | "message/global" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "image/jpeg" => "jpg",
        _ => mime_guess::get_mime_extensions_str(kind)
            .and_then(|endings| endings.first())
            .copied()
            .unwrap_or("bin"),
    };
    let stem = match kind.split('/').next() {
        Some("image") => "image",
        Some("message" | "text") => "message",
        _ => "file",
    };
    format!("{stem}.{ending}")
}
