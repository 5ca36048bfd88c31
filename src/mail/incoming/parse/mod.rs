//! What a mail says: who sent it, what it answers, what is shown of it, what hangs on it. Any bytes are read, within
//! bounds of time and memory; what lies beyond them is said, and never guessed at.

mod authentication;
mod automatic;
mod body;
mod decoding;
mod forward;
mod header;
mod lines;
mod mime;
mod quotes;
mod sender;
mod tnef;

use crate::domain::incoming_mail::Letter;

pub(crate) use body::{Content, MailFile};
pub(crate) use decoding::one_line;
pub(crate) use forward::without_prefix as without_forward;

use header::Header;

/// The longest subject of a ticket.
const LONGEST_SUBJECT: usize = 1_000;

/// How many mails that a mail says it answers are looked at.
const MOST_ANSWERED: usize = 50;

/// The longest Message-ID.
const LONGEST_ID: usize = 998;

/// Why a mail is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More header fields than any mail has.
    #[error("The mail has more than 2,000 header fields.")]
    TooManyFields,
    /// A longer header than any mail has.
    #[error("The header of the mail, or of a part of it, is too long.")]
    HeaderTooLong,
    /// Multiparts in multiparts in multiparts.
    #[error("The parts of the mail lie too deep in each other.")]
    TooDeep,
    /// More parts than any mail has.
    #[error("The mail has more than 1,000 parts.")]
    TooManyParts,
}

/// What is known of a mail besides its bytes.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Who sent it, by the envelope; empty: nobody.
    pub envelope_from: Option<String>,
    /// Servers whose word about senders is believed.
    pub trusted_servers: Vec<String>,
}

/// A mail that was read.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// What decides about it.
    pub letter: Letter,
    /// What is shown of it.
    pub(crate) content: Content,
}

impl Parsed {
    /// What is shown of it, as HTML that is not sanitised; of a reply without what it quotes.
    #[must_use]
    pub fn html(&self, is_reply: bool) -> String {
        self.content.html(is_reply)
    }

    /// Names and bytes of its files.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.content
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.bytes.as_slice()))
    }
}

/// Read a mail. Takes a while: not for a thread that others wait for. Errors: it is beyond all bounds.
pub fn parse(raw: &[u8], delivery: &Delivery) -> Result<Parsed, Unreadable> {
    let (header, body) = Header::split(raw)?;
    let parts = mime::parts(&header, body)?;
    let content = Content::of(&parts);
    let sender = sender::of(&header);
    let address = sender.as_ref().map_or("", |sender| sender.address.as_str());
    let subject = one_line(&header.decoded("subject"), LONGEST_SUBJECT);
    let attached = parts
        .iter()
        .find(|part| part.content.value == "message/rfc822")
        .map(mime::Part::decode);
    let forwarded_from = forward::is_forwarded(&subject)
        .then(|| forward::author(content.lines(), attached.as_deref()))
        .flatten();
    let letter = Letter {
        is_no_reply: sender::is_no_reply(address),
        authentication: authentication::of(&header, &delivery.trusted_servers, address),
        automatic: automatic::of(&header, delivery.envelope_from.as_deref(), address),
        message_id: message_ids(&header.plain("message-id"))
            .into_iter()
            .next()
            .unwrap_or_default(),
        answers: answers(&header),
        recipients: sender::recipients(&header),
        sender,
        subject,
        forwarded_from,
    };
    Ok(Parsed { letter, content })
}

/// Only who sent it and what about, for a mail that cannot be read as a whole.
#[must_use]
pub fn envelope(raw: &[u8]) -> (String, String) {
    let most = raw.get(..64 * 1024).unwrap_or(raw);
    let Ok((header, _)) = Header::split(most) else {
        return (String::new(), String::new());
    };
    let address = sender::of(&header).map_or_else(|_| String::new(), |sender| sender.address);
    (
        address,
        one_line(&header.decoded("subject"), LONGEST_SUBJECT),
    )
}

/// The header as it came, for whoever looks at the mail: its beginning, when it is a long one.
#[must_use]
pub fn header_text(raw: &[u8], most: usize) -> String {
    let mut rest = raw;
    let mut length = 0;
    while !rest.is_empty() && length < most {
        let (line, after) = header::next_line(rest);
        if header::without_end(line).is_empty() {
            break;
        }
        length += line.len();
        rest = after;
    }
    let bytes = raw.get(..length.min(most)).unwrap_or(raw);
    decoding::clean(&decoding::text(bytes, None))
}

/// Those of In-Reply-To, then those of References from the last to the first.
fn answers(header: &Header) -> Vec<String> {
    let mut answers = message_ids(&header.plain("in-reply-to"));
    let references = message_ids(&header.plain("references"));
    for reference in references.into_iter().rev() {
        if !answers.contains(&reference) {
            answers.push(reference);
        }
        if answers.len() >= MOST_ANSWERED {
            break;
        }
    }
    answers.truncate(MOST_ANSWERED);
    answers
}

/// What stands between angle brackets; of a text without any, the text.
fn message_ids(text: &str) -> Vec<String> {
    let sound = |id: &str| {
        let id = id.trim();
        let sound = !id.is_empty()
            && id.len() <= LONGEST_ID
            && !id.contains(|symbol: char| symbol.is_control() || symbol.is_whitespace());
        sound.then(|| id.to_owned())
    };
    if !text.contains('<') {
        return sound(text).into_iter().collect();
    }
    let pieces = text
        .split('<')
        .skip(1)
        .filter_map(|piece| piece.split_once('>'));
    pieces.filter_map(|(id, _)| sound(id)).collect()
}
