//! Opening a ticket.

use serde_json::json;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::categories;
use crate::error::{Error, Result};
use crate::html::Body;
use crate::ids::{CategoryId, FieldId, StatusId, TicketId, UserId};
use crate::incoming_mail::ByMail;
use crate::{custom_fields, outbox, tags};

use super::update::{require_assignable, valid_subject};
use super::{Origin, Priority, repo, search};

/// What a new ticket is made of.
#[derive(Clone, Debug)]
pub struct NewTicket {
    /// Its category; one the actor sees.
    pub category_id: CategoryId,
    /// Its subject: one line.
    pub subject: String,
    /// Its body.
    pub body: Body,
    /// How urgent it is.
    pub priority: Priority,
    /// Where it came from.
    pub origin: Origin,
    /// Whose ticket it is, when not the actor's own: "requires technician permissions".
    pub on_behalf_of: Option<UserId>,
    /// Who works on it: "requires technician permissions".
    pub assigned_to: Option<UserId>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its custom fields.
    pub custom_fields: Vec<(FieldId, String)>,
    /// "Skip sending user confirmation email."
    pub suppress_confirmation: bool,
    /// The mail it came by, if it did.
    pub by_mail: Option<ByMail>,
}

/// Open a ticket. Files are added to it by the caller in the same transaction.
pub async fn create(conn: &mut PgConnection, actor: &Actor, new: &NewTicket) -> Result<TicketId> {
    require_allowed(conn, actor, new).await?;
    let submitter = submitter(actor, new);
    let subject = valid_subject(&new.subject)?;
    let mut subscribers: Vec<i32> = [Some(submitter), Some(actor.user_id), new.assigned_to]
        .into_iter()
        .flatten()
        .map(|user| user.0)
        .collect();
    subscribers.sort_unstable();
    subscribers.dedup();
    let row = repo::NewRow {
        subject: &subject,
        body: &new.body,
        priority: new.priority.number(),
        // An assignment is the begin of the work.
        status_id: if new.assigned_to.is_some() {
            StatusId::IN_PROCESS
        } else {
            StatusId::NEW
        },
        category_id: new.category_id,
        user_id: submitter,
        on_behalf_user_id: (submitter != actor.user_id).then_some(actor.user_id),
        assigned_to_user_id: new.assigned_to,
        origin: new.origin.number(),
        now: actor.now(),
        start_date: new.assigned_to.map(|_| actor.now()),
        last_updated_by: actor.user_id,
        subscribers: &subscribers,
    };
    let id = repo::insert(conn, &row).await?;
    if !new.custom_fields.is_empty() {
        custom_fields::set_on_ticket(conn, actor, id, new.category_id, &new.custom_fields).await?;
    }
    if !new.tags.is_empty() {
        tags::set(conn, id, &new.tags).await?;
        search::rebuild(conn, id).await?;
    }
    let mut payload = json!({
        "suppressConfirmation": new.suppress_confirmation,
        "assignedToUserId": new.assigned_to,
    });
    if let Some(by_mail) = new.by_mail {
        by_mail.note(&mut payload);
    }
    outbox::record(conn, actor, "ticket.created", Some(id), payload).await?;
    Ok(id)
}

/// Whose ticket it will be.
fn submitter(actor: &Actor, new: &NewTicket) -> UserId {
    new.on_behalf_of.unwrap_or(actor.user_id)
}

/// The roles first, then the category, then the people.
async fn require_allowed(conn: &mut PgConnection, actor: &Actor, new: &NewTicket) -> Result<()> {
    if new.on_behalf_of.is_some() && !actor.is_staff() {
        return Err(Error::forbidden(
            "Only technicians and administrators may open a ticket for somebody else (userId).",
        ));
    }
    if new.assigned_to.is_some() && !actor.is_staff_of(new.category_id) {
        return Err(Error::forbidden(
            "Only technicians of the category and administrators may assign a ticket (assignedToUserId).",
        ));
    }
    let category = categories::find_visible(conn, actor, new.category_id).await?;
    categories::require_for_ticket(&category)?;
    let submitter = submitter(actor, new);
    if submitter != actor.user_id {
        repo::candidate(conn, submitter, new.category_id)
            .await?
            .ok_or(Error::NotFound("user"))?;
    }
    if let Some(assignee) = new.assigned_to {
        require_assignable(conn, assignee, new.category_id, "assignedToUserId").await?;
    }
    Ok(())
}
