//! Message-IDs of ours: `t123.{random}.{signature}@{host}`. Whoever answers a mail shows by it that he got one of ours,
//! and about which ticket; nobody can make one up.

use std::fmt::Write;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::keys::Keys;

/// What a Message-ID of ours says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ours {
    /// The ticket that the mail was about, if it was about one.
    pub ticket: Option<TicketId>,
}

/// A Message-ID that nobody had before, without angle brackets.
pub fn new(context: &Context, ticket: Option<TicketId>) -> Result<String> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    let ticket = ticket.map_or(0, |id| id.0);
    let random = hex(&random);
    let signature = hex(&context.keys.sign(&signed_text(ticket, &random)));
    let host = host(&context.app_url);
    Ok(format!("t{ticket}.{random}.{signature}@{host}"))
}

/// What a Message-ID says, with or without angle brackets; none when it is not ours.
#[must_use]
pub fn verify(keys: &Keys, message_id: &str) -> Option<Ours> {
    let message_id = message_id.trim();
    let inside = message_id.strip_prefix('<').unwrap_or(message_id);
    let (local, _) = inside.split_once('@')?;
    let local = local.to_ascii_lowercase();
    let mut parts = local.splitn(3, '.');
    let (ticket, random, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = ticket.strip_prefix('t')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let ticket: i32 = digits.parse().ok().filter(|_| is_number)?;
    let genuine = keys.signed(&signed_text(ticket, random), &bytes(signature)?);
    genuine.then(|| Ours {
        ticket: (ticket > 0).then_some(TicketId(ticket)),
    })
}

/// The subject with the ticket's number in it, `[#123]`, by which an answer is known when its other marks are lost.
#[must_use]
pub fn with_subject_token(ticket: TicketId, subject: &str) -> String {
    let token = format!("[#{ticket}]");
    if subject.contains(&token) {
        subject.to_owned()
    } else {
        format!("{token} {subject}").trim_end().to_owned()
    }
}

fn signed_text(ticket: i32, random: &str) -> String {
    format!("message-id {ticket} {random}")
}

/// The host of our address; a Message-ID has one.
fn host(app_url: &str) -> &str {
    let rest = app_url.split_once("://").map_or(app_url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if host.is_empty() || !host.chars().all(is_name) {
        "desk.invalid"
    } else {
        host
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string never fails.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits: Vec<char> = hex.chars().collect();
    let pairs = digits.chunks(2).map(|pair| {
        let pair: String = pair.iter().collect();
        u8::from_str_radix(&pair, 16).ok()
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::DateTime;

    use super::*;

    fn context(key: u8) -> Context {
        Context {
            now: DateTime::UNIX_EPOCH,
            app_url: "https://desk.example:8443/helpdesk".to_owned(),
            keys: Keys::derive(&[key; 32]).unwrap(),
            mail_on: true,
            mail_file_bytes: 0,
            templates: crate::mail_templates::Templates::default(),
        }
    }

    #[test]
    fn a_message_id_tells_its_ticket_to_whoever_has_the_key() {
        let context = context(1);
        let id = new(&context, Some(TicketId(123))).unwrap();
        assert!(
            id.starts_with("t123.") && id.ends_with("@desk.example"),
            "{id}"
        );
        let ours = Some(Ours {
            ticket: Some(TicketId(123)),
        });
        for id in [
            id.clone(),
            format!("<{id}>"),
            format!(" <{id}> "),
            id.to_uppercase(),
        ] {
            assert_eq!(verify(&context.keys, &id), ours, "{id}");
        }
        let about_nothing = new(&context, None).unwrap();
        assert_eq!(
            verify(&context.keys, &about_nothing),
            Some(Ours { ticket: None })
        );
    }

    #[test]
    fn nobody_makes_one_up() {
        let ours = context(1);
        let id = new(&ours, Some(TicketId(123))).unwrap();
        assert_eq!(verify(&context(2).keys, &id), None);
        let parts: Vec<&str> = id.split('@').next().unwrap().split('.').collect();
        for forged in [
            "t123.x@desk.example".to_owned(),
            "t123..@desk.example".to_owned(),
            format!("t124.{}.{}@desk.example", parts[1], parts[2]),
            format!("t123.{}.{}@desk.example", parts[1], &parts[2][..16]),
            format!("t123.{}.{}@desk.example", parts[1], "0".repeat(32)),
            format!("t+123.{}.{}@desk.example", parts[1], parts[2]),
            String::new(),
            "<>".to_owned(),
            "é.é.é@é".to_owned(),
        ] {
            assert_eq!(verify(&ours.keys, &forged), None, "{forged}");
        }
    }

    #[test]
    fn no_two_are_alike_in_their_beginning() {
        let context = context(1);
        let made = (0..10_000).map(|_| new(&context, Some(TicketId(1))).unwrap());
        let beginnings: HashSet<String> = made.map(|id| id[3..19].to_owned()).collect();
        assert_eq!(beginnings.len(), 10_000);
    }

    #[test]
    fn the_host_is_that_of_our_address() {
        for (url, expected) in [
            ("http://desk.test", "desk.test"),
            ("https://desk.test:8080/x", "desk.test"),
            ("http://127.0.0.1:9", "127.0.0.1"),
            ("http://[::1]:9", "desk.invalid"),
            ("", "desk.invalid"),
        ] {
            assert_eq!(host(url), expected);
        }
    }

    #[test]
    fn a_subject_has_its_token_once() {
        assert_eq!(with_subject_token(TicketId(7), "Re: x"), "[#7] Re: x");
        assert_eq!(with_subject_token(TicketId(7), "Re: [#7] x"), "Re: [#7] x");
        assert_eq!(with_subject_token(TicketId(7), ""), "[#7]");
    }
}
