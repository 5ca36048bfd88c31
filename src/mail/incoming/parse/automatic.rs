//! Mail that nobody wrote: automatic replies, bounces, lists. To answer it would begin a loop.

use super::header::{Header, Parameters};
use crate::domain::incoming_mail::Automatic;

/// Who tells of mail that could not be delivered.
const SERVERS: &[&str] = &["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"];

/// What kind of automatic mail it is. `envelope_from`: from the envelope, if it is known.
pub(super) fn of(header: &Header, envelope_from: Option<&str>, sender: &str) -> Option<Automatic> {
    if is_bounce(header, envelope_from, sender) {
        return Some(Automatic::Bounce);
    }
    let word = |name| first_word(&header.plain(name));
    let says_so = |name, human: &str| {
        let word = word(name);
        !word.is_empty() && word != human
    };
    let precedence = word("precedence");
    let asks_for_no_answer = header.all("x-auto-response-suppress").any(|value| {
        let value = String::from_utf8_lossy(value).trim().to_ascii_lowercase();
        !value.is_empty() && value != "none"
    });
    let replies = says_so("auto-submitted", "no")
        || asks_for_no_answer
        || [
            "x-autoreply",
            "x-autorespond",
            "x-autoresponder",
            "x-auto-reply",
        ]
        .iter()
        .any(|name| says_so(name, "no"))
        || precedence == "auto_reply"
        || precedence == "junk";
    if replies {
        return Some(Automatic::Reply);
    }
    let lists = matches!(precedence.as_str(), "bulk" | "list")
        || ["list-id", "list-post"]
            .iter()
            .any(|name| header.first(name).is_some());
    lists.then_some(Automatic::List)
}

fn is_bounce(header: &Header, envelope_from: Option<&str>, sender: &str) -> bool {
    let content = Parameters::of(header.first("content-type").unwrap_or_default());
    let reports = content.value == "multipart/report" || content.value == "message/delivery-status";
    let returns_nowhere = header
        .first("return-path")
        .is_some_and(|value| value.trim_ascii() == b"<>");
    let server = sender
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    reports
        || returns_nowhere
        || envelope_from.is_some_and(|from| from.trim().is_empty() || from.trim() == "<>")
        || SERVERS.contains(&server.as_str())
}

/// The value without comments and parameters, in lower case.
fn first_word(value: &str) -> String {
    let word = value
        .split([';', '(', ' ', '\t'])
        .find(|word| !word.is_empty());
    word.unwrap_or_default().to_ascii_lowercase()
}
