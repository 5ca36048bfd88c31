//! Which ticket a mail is about.

use sqlx::PgConnection;

use super::letter::Letter;
use super::repo;
use crate::error::Result;
use crate::ids::TicketId;
use crate::keys::Keys;
use crate::outgoing_mail::message_id;

/// A mail says that it is about a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    /// The ticket.
    pub(super) ticket: TicketId,
    /// It answers a mail of ours: its sender, or somebody who passed that mail on to him, got it.
    pub(super) is_proved: bool,
    /// It says so by the mail it answers, not in its subject only.
    pub(super) by_thread: bool,
}

/// It is a Message-ID that we have given.
pub(super) fn is_ours(keys: &Keys, message_id: &str) -> bool {
    message_id::verify(keys, message_id).is_some()
}

/// What a mail says, the surest first: what answers a mail of ours, what answers a mail that became a ticket or a
/// comment or pretends to answer one of ours, and what its subject says.
pub(super) async fn claims(
    conn: &mut PgConnection,
    keys: &Keys,
    letter: &Letter,
) -> Result<Vec<Claim>> {
    let mut claims: Vec<Claim> = vec![];
    let mut add = |ticket, is_proved, by_thread| {
        if claims.iter().all(|claim| claim.ticket != ticket) {
            claims.push(Claim {
                ticket,
                is_proved,
                by_thread,
            });
        }
    };
    for id in &letter.answers {
        let ours = message_id::verify(keys, id).and_then(|ours| ours.ticket);
        if let Some(ticket) = ours {
            add(ticket, true, true);
        }
    }
    for ticket in letter.answers.iter().filter_map(|id| pretended(id)) {
        add(ticket, false, true);
    }
    for ticket in repo::tickets_of_mails(conn, &letter.answers).await? {
        add(ticket, false, true);
    }
    if let Some(ticket) = in_subject(&letter.subject) {
        add(ticket, false, false);
    }
    Ok(claims)
}

/// The ticket that a Message-ID in the form of ours names, whoever made it.
fn pretended(id: &str) -> Option<TicketId> {
    let (local, _) = id.split_once('@')?;
    let (ticket, _) = local.split_once('.')?;
    number(ticket.strip_prefix(['t', 'T'])?)
}

/// `[#123]`
fn in_subject(subject: &str) -> Option<TicketId> {
    let tokens = subject.split("[#").skip(1);
    tokens
        .filter_map(|rest| rest.split_once(']'))
        .find_map(|(digits, _)| number(digits))
}

fn number(digits: &str) -> Option<TicketId> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: i32 = digits.parse().ok().filter(|_| is_number)?;
    (number > 0).then_some(TicketId(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_names_its_ticket_in_one_way() {
        for (subject, ticket) in [
            ("Re: [#123] printer", Some(123)),
            ("[#x] [#7]", Some(7)),
            ("#123", None),
            ("[#0]", None),
            ("[#-1]", None),
            ("[#99999999999]", None),
            ("[# 5]", None),
            ("[#", None),
        ] {
            assert_eq!(in_subject(subject), ticket.map(TicketId), "{subject}");
        }
    }

    #[test]
    fn the_form_of_ours_is_known() {
        for (id, ticket) in [
            ("t123.x@desk.test", Some(123)),
            ("T5.a.b@x", Some(5)),
            ("thread.1@x", None),
            ("t.1@x", None),
            ("123@x", None),
        ] {
            assert_eq!(pretended(id), ticket.map(TicketId), "{id}");
        }
    }
}
