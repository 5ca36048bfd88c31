//! Rules of comments.

use serde_json::json;
use sqlx::PgConnection;

use super::{Comment, NewComment, repo};
use crate::access::tickets::{Action, require};
use crate::actor::Actor;
use crate::attachments::{self, Owner};
use crate::error::{Error, Result};
use crate::ids::{CommentId, TicketId, UserId};
use crate::outbox;
use crate::tickets::{self, Reply, TicketCore};

/// Add a comment to a ticket, with its files and everything that a reply does to its ticket.
///
/// Whoever sees the ticket may comment on it in public. Notes for technicians, system entries and a choice of
/// recipients are for its staff: what others ask of these is refused and never watered down to a public comment.
/// Another user's name is for administrators.
pub async fn add(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    new: &NewComment,
) -> Result<CommentId> {
    let ticket = tickets::fetch_for_update(conn, actor, ticket, Action::Comment).await?;
    if new.from_user_id.is_some() {
        require(actor, Action::Impersonate, &ticket.facts)?;
    }
    if new.for_techs_only || new.is_system || !new.recipient_ids.is_empty() {
        require(actor, Action::Staff, &ticket.facts)?;
    }
    let body = body_of(new)?;
    let recipients = recipients_of(conn, &ticket, &new.recipient_ids).await?;
    let author = new.from_user_id.unwrap_or(actor.user_id);
    let author_is_staff = if author == actor.user_id {
        actor.is_staff_of(ticket.category_id)
    } else {
        tickets::is_staff_user(conn, author, ticket.category_id).await?
    };
    let row = repo::NewRow {
        ticket: ticket.id,
        user: author,
        created_at: actor.now(),
        body,
        for_techs_only: new.for_techs_only,
        is_system: new.is_system,
        recipient_ids: recipients.as_deref(),
    };
    let comment = repo::insert(conn, row).await?;
    let owner = Owner::Comment {
        ticket: ticket.id,
        comment,
    };
    for file in &new.files {
        attachments::insert_as(conn, actor, owner, author, file).await?;
    }
    if !new.is_system {
        tickets::search::add_words(conn, ticket.id, body, new.for_techs_only).await?;
        let reply = Reply {
            author,
            author_is_staff,
            techs_only: new.for_techs_only,
        };
        tickets::replied(conn, actor, &ticket, reply).await?;
    }
    let mut payload = json!({
        "commentId": comment,
        "userId": author,
        "forTechsOnly": new.for_techs_only,
        "isSystem": new.is_system,
        "recipientIds": recipients,
        "files": new.files.len(),
    });
    if let Some(by_mail) = new.by_mail {
        by_mail.note(&mut payload);
    }
    outbox::record(conn, actor, "comment.created", Some(ticket.id), payload).await?;
    Ok(comment)
}

/// The comments of a ticket the actor sees, newest first, system entries among them. Notes for technicians are
/// absent for everybody else, not blanked.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
) -> Result<Vec<Comment>> {
    let ticket = tickets::fetch_for(conn, actor, ticket, Action::View).await?;
    repo::list(conn, ticket.id, actor.is_staff_of(ticket.category_id)).await
}

/// The body. A comment of nothing but files has none.
fn body_of(new: &NewComment) -> Result<&str> {
    if !new.body.is_given() && new.files.is_empty() {
        return Err(Error::invalid("body", "is missing"));
    }
    Ok(&new.body)
}

/// "A list of subscriber user IDs to send the comment notification to": of those named, whoever subscribes; clients
/// name people who have unsubscribed since, and a comment must not fail by that. `None`: nobody is named, everybody who
/// subscribes is told.
async fn recipients_of(
    conn: &mut PgConnection,
    ticket: &TicketCore,
    chosen: &[UserId],
) -> Result<Option<Vec<i32>>> {
    if chosen.is_empty() {
        return Ok(None);
    }
    let chosen: Vec<i32> = chosen.iter().map(|user| user.0).collect();
    Ok(Some(
        repo::subscribers_among(conn, ticket.id, &chosen).await?,
    ))
}
