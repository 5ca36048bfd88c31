//! The rules of single tickets that every face shares.

use serde_json::json;
use sqlx::PgConnection;

use crate::access::staff::require_admin;
use crate::access::tickets::{Action, require};
use crate::actor::Actor;
use crate::audit;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, StatusId, TicketId, UserId};
use crate::outbox;

use super::repo::{self, ReplyMarks};
use super::update::{Changes, change};
use super::{TicketCore, TicketDetails, history, relations};

/// A ticket for `action`: not seen is `NotFound`, seen but not allowed is Forbidden.
pub async fn fetch_for(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    action: Action,
) -> Result<TicketCore> {
    let ticket = repo::find(conn, id, actor.user_id)
        .await?
        .ok_or(Error::NotFound("ticket"))?;
    require(actor, action, &ticket.facts)?;
    Ok(ticket)
}

/// The same with the row locked until the transaction ends: for whoever changes the ticket.
pub async fn fetch_for_update(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    action: Action,
) -> Result<TicketCore> {
    let ticket = repo::find_for_update(conn, id, actor.user_id)
        .await?
        .ok_or(Error::NotFound("ticket"))?;
    require(actor, action, &ticket.facts)?;
    Ok(ticket)
}

/// Note on a ticket whose row is locked that the actor changed something that stands elsewhere: tags, fields.
pub async fn touch(conn: &mut PgConnection, actor: &Actor, id: TicketId) -> Result<()> {
    repo::touch(conn, id, actor.user_id, actor.now()).await
}

/// Everything *Ticket* shows of a ticket the actor sees.
pub async fn details(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<TicketDetails> {
    let ticket = repo::find_details(conn, id, actor.user_id)
        .await?
        .ok_or(Error::NotFound("ticket"))?;
    require(actor, Action::View, &ticket.core.facts)?;
    Ok(ticket)
}

/// Whether a user (not the actor) is an administrator or a technician of the category. `NotFound`: no such user.
pub async fn is_staff_user(
    conn: &mut PgConnection,
    user: UserId,
    category: CategoryId,
) -> Result<bool> {
    let candidate = repo::candidate(conn, user, category)
        .await?
        .ok_or(Error::NotFound("user"))?;
    Ok(candidate.is_admin || candidate.is_technician)
}

/// A reply, as far as the ticket is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// Whose reply it is: the actor's, or that of the user he posts as.
    pub author: UserId,
    /// The author is staff of the ticket's category.
    pub author_is_staff: bool,
    /// A note for technicians only.
    pub techs_only: bool,
}

/// What a reply does to its ticket.
///
/// A reply by the submitter or another non-technician marks it updated by the user, a technician's public reply
/// updated by the performer, a note updated for technicians; each public reply clears the other two. A
/// technician's first public reply sets the start date and moves New to In process. A public comment on a closed
/// ticket reopens it. System entries are no replies: do not call this for them.
///
/// What a rule says in public changes none of that: a ticket that was answered by nobody but the desk itself still waits,
/// and a farewell to a closed one does not reopen it.
pub async fn replied(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: &TicketCore,
    reply: Reply,
) -> Result<()> {
    if reply.author == UserId::SYSTEM && !reply.techs_only {
        return touch(conn, actor, ticket.id).await;
    }
    let by_technician = reply.author_is_staff && reply.author != ticket.user_id;
    let marks = if reply.techs_only {
        ReplyMarks {
            updated_by_user: None,
            updated_by_performer: None,
            updated_for_tech_view: Some(true),
            status_id: None,
            set_start_date: false,
            clear_resolved_date: false,
        }
    } else {
        let reopens = ticket.is_closed();
        let starts = by_technician && ticket.status_id == StatusId::NEW;
        ReplyMarks {
            updated_by_user: Some(!by_technician),
            updated_by_performer: Some(by_technician),
            updated_for_tech_view: Some(false),
            status_id: (reopens || starts).then_some(StatusId::IN_PROCESS),
            set_start_date: by_technician,
            clear_resolved_date: reopens,
        }
    };
    repo::mark_replied(conn, ticket.id, &marks, reply.author, actor.now()).await?;
    if marks.clear_resolved_date {
        history::record(conn, actor, ticket.id, "reopened the ticket by a reply").await?;
        outbox::record(conn, actor, "ticket.reopened", Some(ticket.id), json!({})).await?;
    } else if marks.status_id.is_some() {
        history::record(conn, actor, ticket.id, "began to work on the ticket").await?;
    }
    if let Some(status) = marks.status_id {
        let change = json!({ "from": ticket.status_id, "to": status });
        let payload = json!({ "changes": 1, "changed": { "status": change } });
        outbox::record(conn, actor, "ticket.updated", Some(ticket.id), payload).await?;
    }
    Ok(())
}

/// Close a ticket: a change of its status to Closed. Closing a closed one changes nothing. Only staff may close
/// without telling anybody.
pub async fn close(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    silently: bool,
) -> Result<()> {
    let ticket = fetch_for_update(conn, actor, id, Action::Close).await?;
    let changes = Changes {
        status_id: Some(StatusId::CLOSED),
        suppress_notification: silently,
        ..Changes::default()
    };
    change(conn, actor, &ticket, &changes).await
}

/// Delete a ticket with everything on it, for ever. Administrators only.
pub async fn delete(conn: &mut PgConnection, actor: &Actor, id: TicketId) -> Result<()> {
    require_admin(actor)?;
    relations::lock_for_deletion(conn, id).await?;
    let ticket = fetch_for_update(conn, actor, id, Action::Staff).await?;
    repo::delete(conn, id).await?;
    audit::record(
        conn,
        actor,
        audit::Entry {
            action: "ticket.deleted",
            object_type: "ticket",
            object_id: id.0,
            before: Some(json!({ "subject": ticket.subject, "userId": ticket.user_id.0, "statusId": ticket.status_id.0 })),
            after: None,
        },
    )
    .await?;
    outbox::record(
        conn,
        actor,
        "ticket.deleted",
        Some(id),
        // Who may hear of it when the ticket itself cannot be asked any more.
        json!({ "subject": ticket.subject, "categoryId": ticket.category_id }),
    )
    .await
}
