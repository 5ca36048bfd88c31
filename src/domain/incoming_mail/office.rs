//! Mail that has come in as staff looks at it and decides about it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::accept::{self as doing, Material};
use super::decision::{self, Decision};
use super::letter::Letter;
use super::{IncomingMailId, IncomingState, Queued, repo};
use crate::access::incoming_mail as access;
use crate::access::staff;
use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::{CategoryId, TicketId};
use crate::tickets;

/// No such mail, or none for the actor.
const NO_MAIL: Error = Error::NotFound("mail");

/// A mail that has come in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct IncomingMail {
    /// Its number.
    pub id: i64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The mailbox it came by; null: it was delivered to the server itself.
    #[schema(required = true)]
    pub mailbox_id: Option<i32>,
    /// The category of the ticket that it opens; null: the first one that takes it.
    #[schema(required = true)]
    pub category_id: Option<i32>,
    /// The address of its sender; empty while it is not read, or when it says no sender.
    pub from_address: String,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID; may be empty.
    pub message_id: String,
    /// Its size in bytes.
    pub size: i32,
    /// What became of it.
    pub state: IncomingState,
    /// Why it is quarantined or ignored, as a fixed word.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// The same as a sentence.
    #[schema(required = true)]
    pub detail: Option<String>,
    /// The ticket it opened or belongs to.
    #[schema(required = true)]
    pub ticket_id: Option<i32>,
    /// The comment it became.
    #[schema(required = true)]
    pub comment_id: Option<i32>,
    /// The user whose mail it is.
    #[schema(required = true)]
    pub user_id: Option<i32>,
    /// When it was read.
    #[schema(required = true)]
    pub read_at: Option<DateTime<Utc>>,
    /// Who decided about it.
    #[schema(required = true)]
    pub decided_by_user_id: Option<i32>,
    /// When he did.
    #[schema(required = true)]
    pub decided_at: Option<DateTime<Utc>>,
}

/// What is to become of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Acceptance)]
pub struct AcceptDraft {
    /// A comment on this ticket; a ticket of its own unless told.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub ticket_id: Option<i32>,
    /// The category of its ticket; that of the mail unless told.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub category_id: Option<i32>,
}

/// Mail in these categories, the newest first, older than `before`. Administrators see all of it, technicians what goes
/// to their categories.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    state: Option<IncomingState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<IncomingMail>> {
    staff::require_staff(actor)?;
    repo::list(conn, &access::visible(actor), state, before, limit).await
}

/// One mail.
pub async fn find(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<IncomingMail> {
    staff::require_staff(actor)?;
    let mail = repo::find(conn, IncomingMailId(id)).await?.ok_or(NO_MAIL)?;
    if access::sees(actor, mail.category_id.map(CategoryId)) {
        Ok(mail)
    } else {
        Err(NO_MAIL)
    }
}

/// The bytes of one.
pub async fn find_raw(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<Vec<u8>> {
    find(conn, actor, id).await?;
    repo::raw(conn, IncomingMailId(id)).await?.ok_or(NO_MAIL)
}

/// Whether a person may still decide about it: it waits in the quarantine or was ignored.
pub fn require_decidable(mail: &IncomingMail) -> Result<()> {
    match mail.state {
        IncomingState::Quarantined | IncomingState::Ignored => Ok(()),
        IncomingState::Queued | IncomingState::Ticket | IncomingState::Comment => Err(
            Error::conflict("state", format!("is \"{}\" already", mail.state.name())),
        ),
    }
}

/// A mail about which a person is to decide, with its bytes; in the category that he says.
pub async fn to_decide(
    conn: &mut PgConnection,
    actor: &Actor,
    id: i64,
    draft: AcceptDraft,
) -> Result<Queued> {
    let mail = find(conn, actor, id).await?;
    require_decidable(&mail)?;
    if let Some(ticket) = draft.ticket_id {
        tickets::fetch_for(conn, actor, TicketId(ticket), Action::Staff).await?;
    }
    if let Some(category) = draft.category_id
        && !access::sees(actor, Some(CategoryId(category)))
    {
        return Err(Error::NotFound("category"));
    }
    let raw = repo::raw(conn, IncomingMailId(id)).await?.ok_or(NO_MAIL)?;
    Ok(Queued {
        id: IncomingMailId(id),
        category: draft.category_id.or(mail.category_id).map(CategoryId),
        envelope_from: None,
        received_at: mail.received_at,
        raw,
    })
}

/// Do what a person decided, in the name of the mail's sender.
pub async fn accept(
    conn: &mut PgConnection,
    actor: &Actor,
    context: &Context,
    (mail, letter): (&Queued, &Letter),
    draft: AcceptDraft,
    material: Material,
) -> Result<IncomingMail> {
    let before = lock(conn, actor, mail.id).await?;
    let ticket = draft.ticket_id.map(TicketId);
    if let Some(ticket) = ticket {
        tickets::fetch_for_update(conn, actor, ticket, Action::Staff).await?;
    }
    let decision: Decision = decision::decide_by_hand(conn, context, mail, letter, ticket).await?;
    let outcome = doing::carry_out_by_hand(conn, context, decision, material).await?;
    let facts = doing::letter_facts(letter);
    repo::settle(conn, context, mail.id, facts, &outcome).await?;
    decided(conn, actor, &before, "incoming_mail.accepted").await
}

/// It is nothing for the desk.
pub async fn discard(conn: &mut PgConnection, actor: &Actor, id: i64) -> Result<IncomingMail> {
    let before = lock(conn, actor, IncomingMailId(id)).await?;
    repo::discard(conn, before.id).await?;
    decided(conn, actor, &before, "incoming_mail.discarded").await
}

/// The mail, locked, if the actor may decide about it.
async fn lock(conn: &mut PgConnection, actor: &Actor, id: IncomingMailId) -> Result<IncomingMail> {
    find(conn, actor, id.0).await?;
    repo::lock(conn, id).await?;
    let mail = find(conn, actor, id.0).await?;
    require_decidable(&mail)?;
    Ok(mail)
}

async fn decided(
    conn: &mut PgConnection,
    actor: &Actor,
    before: &IncomingMail,
    action: &'static str,
) -> Result<IncomingMail> {
    repo::set_decided(conn, before.id, actor).await?;
    let after = find(conn, actor, before.id).await?;
    let short = |mail: &IncomingMail| {
        json!({
            "state": mail.state.name(),
            "reason": mail.reason,
            "ticketId": mail.ticket_id,
            "commentId": mail.comment_id,
        })
    };
    let entry = Entry {
        action,
        object_type: "incoming_mail",
        object_id: i32::try_from(before.id).unwrap_or(i32::MAX),
        before: Some(short(before)),
        after: Some(short(&after)),
    };
    audit::record(conn, actor, entry).await?;
    Ok(after)
}
