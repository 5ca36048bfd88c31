//! Doing what was decided about a mail, by the same services that every other face calls, in the name of its sender.

use serde_json::json;
use sqlx::PgConnection;

use super::decision::{self, Decision, Opening, Reason, Who};
use super::letter::{Authentication, Letter};
use super::{ByMail, IncomingState, Queued, repo};
use crate::actor::Actor;
use crate::attachments::{self, NewFile, Owner};
use crate::comments::{self, NewComment};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::html::Body;
use crate::ids::{CommentId, TicketId, UserId};
use crate::tickets::creation::{self, NewTicket};
use crate::tickets::{Origin, Priority};
use crate::{outbox, subscribers, users};

/// What of a mail goes into a ticket or a comment: safe HTML, and files whose bytes are stored.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// The subject of a new ticket.
    pub subject: String,
    /// What is shown.
    pub body: Body,
    /// What hangs on it.
    pub files: Vec<NewFile>,
}

/// What became of a mail, as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) state: Option<IncomingState>,
    pub(super) reason: Option<Reason>,
    pub(super) ticket: Option<TicketId>,
    pub(super) comment: Option<CommentId>,
    pub(super) user: Option<UserId>,
}

/// Do what was decided, and write it down. A service that refuses it leaves the mail in the quarantine, with what it
/// said; whoever calls gives it a transaction in which nothing else was done.
///
/// Errors: what may pass; and every refusal, so that the transaction is rolled back: see [`refused`].
pub async fn carry_out(
    conn: &mut PgConnection,
    context: &Context,
    mail: &Queued,
    letter: &Letter,
    decision: Decision,
    material: Material,
) -> Result<()> {
    let by_mail = ByMail {
        is_automatic: letter.is_no_reply || letter.authentication == Authentication::Failed,
    };
    let outcome = match decision {
        Decision::Ignore(reason) => Outcome {
            state: Some(IncomingState::Ignored),
            reason: Some(reason),
            ..Outcome::default()
        },
        Decision::Quarantine(reason) => {
            tell_of_flood(conn, context, mail, letter, &reason).await?;
            Outcome {
                state: Some(IncomingState::Quarantined),
                reason: Some(reason),
                ..Outcome::default()
            }
        }
        Decision::Comment { ticket, author } => {
            let actor = decision::actor(conn, author, context).await?;
            let new = new_comment(material, by_mail);
            let comment = comments::add(conn, &actor, ticket, &new).await?;
            commented(ticket, comment, author)
        }
        Decision::Ticket(opening) => open(conn, context, &opening, material, by_mail).await?,
    };
    repo::settle(conn, context, mail.id, letter_facts(letter), &outcome).await
}

/// The same for what a person decided: he may add to the ticket, and the mail's sender is its author.
pub(super) async fn carry_out_by_hand(
    conn: &mut PgConnection,
    context: &Context,
    decision: Decision,
    material: Material,
) -> Result<Outcome> {
    let by_mail = ByMail {
        is_automatic: false,
    };
    match decision {
        Decision::Comment { ticket, author } => {
            let new = NewComment {
                from_user_id: Some(author),
                ..new_comment(material, by_mail)
            };
            let actor = Actor::system(context.now);
            let comment = comments::add(conn, &actor, ticket, &new).await?;
            Ok(commented(ticket, comment, author))
        }
        Decision::Ticket(opening) => open(conn, context, &opening, material, by_mail).await,
        Decision::Ignore(_) | Decision::Quarantine(_) => {
            Err(Error::internal("a person decided nothing"))
        }
    }
}

fn new_comment(material: Material, by_mail: ByMail) -> NewComment {
    NewComment {
        body: material.body,
        files: material.files,
        by_mail: Some(by_mail),
        ..NewComment::default()
    }
}

fn commented(ticket: TicketId, comment: CommentId, author: UserId) -> Outcome {
    Outcome {
        state: Some(IncomingState::Comment),
        ticket: Some(ticket),
        comment: Some(comment),
        user: Some(author),
        ..Outcome::default()
    }
}

async fn open(
    conn: &mut PgConnection,
    context: &Context,
    opening: &Opening,
    material: Material,
    by_mail: ByMail,
) -> Result<Outcome> {
    let author = user(conn, context, &opening.author).await?;
    let owner = match &opening.on_behalf_of {
        Some(who) => Some(user(conn, context, who).await?),
        None => None,
    };
    let actor = decision::actor(conn, author, context).await?;
    let new = NewTicket {
        category_id: opening.category,
        subject: material.subject,
        body: material.body,
        priority: Priority::NORMAL,
        origin: Origin::EMAIL,
        on_behalf_of: owner.filter(|owner| *owner != author),
        assigned_to: None,
        tags: vec![],
        custom_fields: vec![],
        suppress_confirmation: by_mail.is_automatic,
        by_mail: Some(by_mail),
    };
    let ticket = creation::create(conn, &actor, &new).await?;
    for file in &material.files {
        attachments::insert(conn, &actor, Owner::Ticket { ticket }, file).await?;
    }
    for user in &opening.subscribers {
        subscribers::add(conn, ticket, *user).await?;
    }
    Ok(Outcome {
        state: Some(IncomingState::Ticket),
        ticket: Some(ticket),
        user: Some(author),
        ..Outcome::default()
    })
}

async fn user(conn: &mut PgConnection, context: &Context, who: &Who) -> Result<UserId> {
    match who {
        Who::Known(user) => Ok(*user),
        Who::New(sender) => {
            let system = Actor::system(context.now);
            users::create_by_mail(conn, &system, &sender.address, &sender.name).await
        }
    }
}

/// The decision after a service has refused what was decided; none: the error may pass, and the mail waits.
#[must_use]
pub fn refused(error: &Error) -> Option<Decision> {
    match error {
        Error::Unavailable(_) | Error::Internal(_) => None,
        Error::NotFound(_)
        | Error::Forbidden(_)
        | Error::Invalid { .. }
        | Error::Conflict { .. }
        | Error::InUse { .. } => {
            let sentence = format!("What the mail asks for was refused: {error}");
            Some(Decision::Quarantine(Reason::new("refused", sentence)))
        }
    }
}

/// Write down that a mail could not be understood.
pub async fn give_up(
    conn: &mut PgConnection,
    context: &Context,
    mail: &Queued,
    (address, subject): (&str, &str),
    reason: Reason,
) -> Result<()> {
    let outcome = Outcome {
        state: Some(IncomingState::Quarantined),
        reason: Some(reason),
        ..Outcome::default()
    };
    repo::settle(conn, context, mail.id, (address, subject), &outcome).await
}

/// Of whom it is and what about.
pub(super) fn letter_facts(letter: &Letter) -> (&str, &str) {
    let address = letter
        .sender
        .as_ref()
        .map_or("", |sender| sender.address.as_str());
    (address, letter.subject.as_str())
}

/// Staff is told once an hour that somebody writes too much, not at each of his mails.
async fn tell_of_flood(
    conn: &mut PgConnection,
    context: &Context,
    mail: &Queued,
    letter: &Letter,
    reason: &Reason,
) -> Result<()> {
    let (address, _) = letter_facts(letter);
    if reason.word != "too_many" || decision::is_told(conn, mail.id, address, context).await? {
        return Ok(());
    }
    tracing::warn!(
        mail.id = mail.id.0,
        "somebody writes too much: mails of one sender wait in the quarantine"
    );
    let actor = Actor::system(context.now);
    let payload = json!({ "incomingMailId": mail.id });
    outbox::record(conn, &actor, "incoming_mail.flood", None, payload).await
}
