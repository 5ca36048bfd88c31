//! The SQL of webhooks.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use crate::error::{Error, Result};
use crate::ids::TicketId;

/// Whoever is told of an event.
pub(super) struct Receiver {
    pub(super) id: i32,
    pub(super) url: String,
}

pub(super) async fn receivers(
    conn: &mut PgConnection,
    event: &str,
    is_note: bool,
) -> Result<Vec<Receiver>> {
    let group = event.split('.').next().unwrap_or_default();
    Ok(sqlx::query_as!(
        Receiver,
        "select id, url from webhooks
        where enabled and (events && array[$1, $2, '*']) and (include_notes or not $3)
        order by id",
        event,
        format!("{group}.*"),
        is_note,
    )
    .fetch_all(conn)
    .await?)
}

/// A ticket as receivers are shown it.
#[derive(Serialize)]
pub(super) struct Ticket {
    id: i32,
    subject: String,
    status_id: i32,
    status: String,
    category_id: i32,
    category: String,
    priority: i16,
    submitter_user_id: i32,
    assigned_to_user_id: Option<i32>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    due_date: Option<DateTime<Utc>>,
    resolved_date: Option<DateTime<Utc>>,
}

pub(super) async fn ticket(conn: &mut PgConnection, id: TicketId) -> Result<Option<Ticket>> {
    Ok(sqlx::query_as!(
        Ticket,
        "select t.id, t.subject, t.status_id, s.name as status, t.category_id, c.name as category, t.priority,
            t.user_id as submitter_user_id, t.assigned_to_user_id, t.created_at, t.updated_at, t.due_date, t.resolved_date
        from tickets t
        join statuses s on s.id = t.status_id
        join categories c on c.id = t.category_id
        where t.id = $1",
        id.0,
    )
    .fetch_optional(conn)
    .await?)
}

pub(super) async fn raise_secret(
    conn: &mut PgConnection,
    webhook: i32,
    previous_until: DateTime<Utc>,
) -> Result<Option<i32>> {
    Ok(sqlx::query_scalar!(
        "update webhooks set secret_version = secret_version + 1, previous_secret_until = $2
        where id = $1
        returning secret_version",
        webhook,
        previous_until,
    )
    .fetch_optional(conn)
    .await?)
}

/// Which version of its secret a webhook is signed with. `NotFound`: there is no such webhook.
pub async fn secret_version(conn: &mut PgConnection, webhook: i32) -> Result<i32> {
    let version = sqlx::query_scalar!("select secret_version from webhooks where id = $1", webhook);
    version
        .fetch_optional(conn)
        .await?
        .ok_or(Error::NotFound("webhook"))
}
