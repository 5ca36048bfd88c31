//! Who is told of what by mail.
//!
//! The author of a change never gets mail about it, and each person gets one mail about a change, even if several
//! reasons apply. Whoever is disabled, has no address or wants no mail gets none.

mod letter;
mod repo;

use serde_json::Value;
use sqlx::PgConnection;

use crate::context::Context;
use crate::error::Result;
use crate::ids::{CategoryId, CommentId, TicketId, UserId};
use crate::mail_templates::{self, TemplateName};
use crate::masks::Values;
use crate::outbox::Event;
use crate::outgoing_mail::{self, MailKind, NewMail};

use letter::{Letter, tell};
use repo::{Facts, Person, Which};

/// The number of tickets that came by mail.
const BY_MAIL: i16 = 1;

/// Write the mail that follows from an event.
pub async fn write(conn: &mut PgConnection, context: &Context, event: &Event) -> Result<()> {
    if !context.mail_on || flag(event, "suppressNotification") {
        return Ok(());
    }
    match (event.name.as_str(), event.ticket) {
        ("user.created", _) if flag(event, "sendWelcomeEmail") => {
            welcome(conn, context, event).await
        }
        (name, Some(ticket)) => {
            let told = [
                "ticket.created",
                "ticket.closed",
                "ticket.assigned",
                "comment.created",
            ];
            if !told.contains(&name) {
                return Ok(());
            }
            // Deleted or merged meanwhile: there is nothing to tell of it any more.
            let Some(facts) = repo::facts(conn, ticket).await? else {
                return Ok(());
            };
            let told = Told {
                context,
                event,
                ticket,
                facts: &facts,
            };
            match name {
                "ticket.created" => told.created(conn).await,
                "comment.created" => told.commented(conn).await,
                "ticket.closed" => told.closed(conn).await,
                _ => told.assigned(conn).await,
            }
        }
        _ => Ok(()),
    }
}

fn flag(event: &Event, name: &str) -> bool {
    event.payload.get(name).and_then(Value::as_bool) == Some(true)
}

fn number(event: &Event, name: &str) -> Option<i32> {
    let number = event.payload.get(name).and_then(Value::as_i64)?;
    i32::try_from(number).ok()
}

fn user(event: &Event, name: &str) -> Option<UserId> {
    number(event, name).map(UserId)
}

/// An event of a ticket that there is.
struct Told<'a> {
    context: &'a Context,
    event: &'a Event,
    ticket: TicketId,
    facts: &'a Facts,
}

impl Told<'_> {
    async fn people(&self, conn: &mut PgConnection, which: Which<'_>) -> Result<Vec<Person>> {
        repo::people(conn, self.ticket, self.facts.category_id, which).await
    }

    fn letter<'b>(&'b self, name: TemplateName, originator: &'b str) -> Letter<'b> {
        Letter {
            name,
            ticket: self.ticket,
            facts: self.facts,
            originator,
            comment: None,
            with_files: false,
            guarded: false,
        }
    }

    /// A new ticket: the technicians of its category, whom it was assigned to, and its submitter.
    async fn created(&self, conn: &mut PgConnection) -> Result<()> {
        let (author, submitter) = (self.event.actor, self.facts.user_id);
        let name = repo::name(conn, submitter).await?;
        let assignee = user(self.event, "assignedToUserId").filter(|assignee| *assignee != author);
        if let Some(assignee) = assignee {
            let people = self.people(conn, Which::User(assignee)).await?;
            let by = repo::name(conn, author).await?;
            let letter = self.letter(TemplateName::Assigned, &by);
            tell(conn, self.context, letter, &people).await?;
        }
        if Some(submitter) != assignee {
            self.confirm(conn, &name).await?;
        }
        let mut technicians = self.people(conn, Which::Technicians).await?;
        technicians.retain(|person| {
            person.id != author && person.id != submitter && Some(person.id) != assignee
        });
        let letter = Letter {
            with_files: true,
            ..self.letter(TemplateName::NewTicket, &name)
        };
        tell(conn, self.context, letter, &technicians).await
    }

    /// To the submitter: we have it. Somebody else may have used his address, so that there are few of them, and none of
    /// them carries what a stranger wrote.
    async fn confirm(&self, conn: &mut PgConnection, name: &str) -> Result<()> {
        if flag(self.event, "suppressConfirmation") || flag(self.event, "automatic") {
            return Ok(());
        }
        let people = self.people(conn, Which::User(self.facts.user_id)).await?;
        for person in people {
            let kind = MailKind::Confirmation;
            let may =
                outgoing_mail::may_answer(conn, self.context, kind, self.ticket, &person.email);
            if may.await? {
                let wrote_himself =
                    self.event.actor == self.facts.user_id && self.facts.origin != BY_MAIL;
                let letter = Letter {
                    guarded: !wrote_himself,
                    ..self.letter(TemplateName::Confirmation, name)
                };
                tell(conn, self.context, letter, &[person]).await?;
            }
        }
        Ok(())
    }

    /// A reply: the subscribers, or those who were chosen. A note: the technicians among them. What a machine wrote is
    /// for technicians, too: no machine is to answer another one.
    async fn commented(&self, conn: &mut PgConnection) -> Result<()> {
        let Some(comment) = number(self.event, "commentId").map(CommentId) else {
            return Ok(());
        };
        if flag(self.event, "isSystem") {
            return Ok(());
        }
        let author = user(self.event, "userId").unwrap_or(self.event.actor);
        let chosen = self
            .event
            .payload
            .get("recipientIds")
            .and_then(Value::as_array);
        let chosen = chosen.map(|ids| {
            let ids = ids.iter().filter_map(Value::as_i64);
            ids.filter_map(|id| i32::try_from(id).ok())
                .collect::<Vec<_>>()
        });
        let which = chosen.as_deref().map_or(Which::Subscribers, Which::Chosen);
        let is_note = flag(self.event, "forTechsOnly");
        let for_staff = is_note || flag(self.event, "automatic");
        let mut people = self.people(conn, which).await?;
        people.retain(|person| {
            person.id != author && person.id != self.event.actor && (person.is_staff || !for_staff)
        });
        let name = repo::name(conn, author).await?;
        let template = if is_note {
            TemplateName::Note
        } else {
            TemplateName::NewReply
        };
        let letter = Letter {
            comment: Some(comment),
            with_files: true,
            ..self.letter(template, &name)
        };
        tell(conn, self.context, letter, &people).await
    }

    /// Closed: the subscribers. Whoever was assigned to it by the same change knows it from that.
    async fn closed(&self, conn: &mut PgConnection) -> Result<()> {
        let author = self.event.actor;
        let assignee = user(self.event, "assignedToUserId");
        let mut people = self.people(conn, Which::Subscribers).await?;
        people.retain(|person| person.id != author && Some(person.id) != assignee);
        let name = repo::name(conn, author).await?;
        let letter = self.letter(TemplateName::Closed, &name);
        tell(conn, self.context, letter, &people).await
    }

    /// Assigned: whom it was assigned to.
    async fn assigned(&self, conn: &mut PgConnection) -> Result<()> {
        let author = self.event.actor;
        let assignee = user(self.event, "assignedToUserId").filter(|assignee| *assignee != author);
        let Some(assignee) = assignee else {
            return Ok(());
        };
        let people = self.people(conn, Which::User(assignee)).await?;
        let name = repo::name(conn, author).await?;
        let letter = self.letter(TemplateName::Assigned, &name);
        tell(conn, self.context, letter, &people).await
    }
}

/// An account was made: its owner, in his language.
async fn welcome(conn: &mut PgConnection, context: &Context, event: &Event) -> Result<()> {
    let Some(user) = user(event, "userId").filter(|user| *user != event.actor) else {
        return Ok(());
    };
    let people = repo::people(conn, TicketId(0), CategoryId(0), Which::User(user)).await?;
    for person in people {
        let (language, name) = (person.language(), TemplateName::Welcome);
        let mut values = Values::of_user(
            &context.app_url,
            context.url("/"),
            (&person.first_name, &person.last_name),
            (&person.username, &person.email),
        );
        let source = mail_templates::find(conn, context, name, language, None).await?;
        let rendered =
            mail_templates::render(conn, context, &source, language, &mut values, "").await?;
        let mail = NewMail {
            user: Some(person.id),
            to_name: person.full_name(),
            html: Some(rendered.html),
            language,
            ..NewMail::new(
                MailKind::Welcome,
                &person.email,
                &rendered.subject,
                &rendered.text,
            )
        };
        outgoing_mail::insert(conn, context, mail).await?;
    }
    Ok(())
}
