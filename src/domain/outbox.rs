//! What happened. Rows are written in the transaction that changes the data; jobs turn them into mail,
//! webhooks and rule runs later.

use serde_json::Value;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::TicketId;

/// Record an event. `event` is a fixed word such as `ticket.created`; `payload` holds ids and flags, no texts.
pub async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    event: &str,
    ticket: Option<TicketId>,
    payload: Value,
) -> Result<()> {
    sqlx::query!(
        "insert into outbox (event, ticket_id, actor_user_id, payload, created_at) values ($1, $2, $3, $4, $5)",
        event,
        ticket.map(|id| id.0),
        actor.user_id.0,
        payload,
        actor.now(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
