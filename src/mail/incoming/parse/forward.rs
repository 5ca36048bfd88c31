//! Who wrote a mail that somebody forwards.

use super::header::Header;
use super::lines::Line;
use super::{quotes, sender};
use crate::domain::incoming_mail::Sender;

/// What subjects of forwarded mails begin with.
const PREFIXES: &[&str] = &[
    "fwd:",
    "fw:",
    "wg:",
    "tr:",
    "rv:",
    "пересл:",
    "прсл:",
    "i:",
    "doorst:",
    "enc:",
];

/// How many lines below the beginning of a forwarded mail its sender is looked for.
const HEADER_LINES: usize = 8;

/// The subject says that the mail is forwarded.
pub(super) fn is_forwarded(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    PREFIXES.iter().any(|prefix| subject.starts_with(prefix))
}

/// The subject of the mail that was forwarded.
pub(crate) fn without_prefix(subject: &str) -> &str {
    let mut subject = subject.trim();
    while is_forwarded(subject) {
        subject = subject.split_once(':').map_or("", |(_, rest)| rest.trim());
    }
    subject
}

/// By the first mail that hangs on it, else by the text. `attached`: the first attached mail.
pub(super) fn author(lines: &[Line], attached: Option<&[u8]>) -> Option<Sender> {
    if let Some(mail) = attached {
        let (header, _) = Header::split(mail).ok()?;
        return sender::of(&header).ok();
    }
    let begins = lines.iter().enumerate().position(|(at, line)| {
        quotes::is_forward(line) || quotes::is_header(lines.get(at..).unwrap_or_default())
    })?;
    let header = lines.iter().skip(begins).take(HEADER_LINES);
    let line = header.into_iter().find(|line| quotes::is_from(line))?;
    let (_, value) = line.text.split_once(':')?;
    named_in(value)
}

/// `Ann <ann@example.com>`, `Ann [mailto:ann@example.com]`, `ann@example.com`.
fn named_in(value: &str) -> Option<Sender> {
    let value = value.trim().trim_matches('*').trim();
    let value = value
        .replace("[mailto:", "<")
        .replace(']', ">")
        .replace("<mailto:", "<");
    if let Some(found) = sender::in_text(&value) {
        return Some(found);
    }
    // Programs leave names unquoted that hold commas: "Miller, Ann <ann@example.com>".
    let (name, rest) = value.rsplit_once('<')?;
    let address = sender::address(rest.split('>').next()?.trim())?;
    let name = name.trim().trim_matches('"');
    let name = if name.contains('@') { "" } else { name };
    Some(Sender {
        address,
        name: super::decoding::one_line(name, 200),
    })
}
