//! What happened to a ticket, for people: every change leaves one system comment that says who did what.

use sqlx::PgConnection;

use crate::access::users::login_without_address;
use crate::actor::Actor;
use crate::db::ExpectRows;
use crate::error::{Error, Result};
use crate::html;
use crate::ids::TicketId;

/// Leave a system comment: `text` is read after the actor's name and is plain text.
pub async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    text: &str,
) -> Result<()> {
    record_on_all(conn, actor, &[ticket], text).await
}

/// [`record`] for the ticket's staff alone: what it tells of is nothing that everybody sees.
pub async fn record_for_techs(
    conn: &mut PgConnection,
    actor: &Actor,
    ticket: TicketId,
    text: &str,
) -> Result<()> {
    insert(conn, actor, &[ticket], text, true).await
}

/// [`record`] the same on several tickets.
pub async fn record_on_all(
    conn: &mut PgConnection,
    actor: &Actor,
    tickets: &[TicketId],
    text: &str,
) -> Result<()> {
    insert(conn, actor, tickets, text, false).await
}

async fn insert(
    conn: &mut PgConnection,
    actor: &Actor,
    tickets: &[TicketId],
    text: &str,
    for_techs_only: bool,
) -> Result<()> {
    let ids: Vec<i32> = tickets.iter().map(|ticket| ticket.0).collect();
    let count = u64::try_from(ids.len()).map_err(Error::internal)?;
    // Customers read this, and many people's name is the address they log in with.
    let name = login_without_address(&actor.full_name);
    let body = html::escape(&format!("{name} {text}"));
    sqlx::query!(
        "insert into comments (ticket_id, user_id, created_at, body, for_techs_only, is_system)
         select ticket, $2, $3, $4, $5, true from unnest($1::integer[]) as ticket",
        &ids,
        actor.user_id.0,
        actor.now(),
        body,
        for_techs_only,
    )
    .execute(conn)
    .await?
    .expect_rows(count)
}
