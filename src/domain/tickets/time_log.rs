//! Who spent how much time on a ticket, and when.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{StatusId, TicketId, UserId};

use super::fetch_for;

/// Time that somebody spent on a ticket; negative when a total was corrected downwards.
#[derive(Clone, Debug)]
pub struct TimeSpent {
    /// When it was told.
    pub at: DateTime<Utc>,
    /// The status the ticket was in.
    pub status_id: StatusId,
    /// How long.
    pub seconds: i32,
    /// Who.
    pub user_id: UserId,
    /// The name he logs in with.
    pub username: String,
}

/// The log of a ticket, for its staff, in the order of time.
pub async fn of_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Vec<TimeSpent>> {
    fetch_for(conn, actor, id, Action::Staff).await?;
    Ok(sqlx::query_as!(
        TimeSpent,
        r#"select l.created_at as at, l.status_id as "status_id: StatusId", l.seconds,
                  l.user_id as "user_id: UserId", u.username
           from time_spent_log l
           join users u on u.id = l.user_id
           where l.ticket_id = $1
           order by l.created_at, l.id"#,
        id.0,
    )
    .fetch_all(conn)
    .await?)
}
