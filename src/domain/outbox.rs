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

/// Record the same event of many tickets, in one statement.
pub async fn record_each(
    conn: &mut PgConnection,
    actor: &Actor,
    event: &str,
    tickets: &[TicketId],
    payload: Value,
) -> Result<()> {
    let ids: Vec<i32> = tickets.iter().map(|ticket| ticket.0).collect();
    sqlx::query!(
        "insert into outbox (event, ticket_id, actor_user_id, payload, created_at)
        select $2, id, $3, $4, $5 from unnest($1::integer[]) id",
        &ids,
        event,
        actor.user_id.0,
        payload,
        actor.now(),
    )
    .execute(conn)
    .await?;
    Ok(())
}
