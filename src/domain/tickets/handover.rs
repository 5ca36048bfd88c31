//! Tickets whose people change because a user goes. Closed ones keep the date of their last change: nothing happened to
//! them, and lists of what is new must not fill up with them.

use serde_json::json;
use sqlx::PgConnection;

use super::history;
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::{TicketId, UserId};
use crate::outbox;

/// Lock every ticket that a user has to do with, be it only by a comment or a subscription: whoever changes anything on
/// a ticket has its row, and who takes several takes them by id, so that nobody waits for somebody who waits for him.
pub async fn lock_all(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!(
        "select from tickets
        where user_id = $1 or assigned_to_user_id = $1 or on_behalf_user_id = $1 or last_updated_by_user_id = $1
            or id in (select ticket_id from comments where user_id = $1 or recipient_ids @> array[$1])
            or id in (select ticket_id from subscribers where user_id = $1)
            or id in (select ticket_id from attachments where user_id = $1 and ticket_id is not null)
            or id in (select ticket_id from time_spent_log where user_id = $1)
        order by id
        for no key update",
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Put one user in the place of another on every ticket, under [`lock_all`]. `text` goes into the history of those whose submitter or
/// assignee this changes; returns them.
pub async fn hand_over(
    conn: &mut PgConnection,
    actor: &Actor,
    from: UserId,
    to: UserId,
    text: &str,
) -> Result<Vec<TicketId>> {
    let shown = sqlx::query_scalar!(
        r#"select id as "id: TicketId" from tickets where user_id = $1 or assigned_to_user_id = $1 order by id"#,
        from.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "update tickets
        set user_id = case when user_id = $1 then $2 else user_id end,
            assigned_to_user_id = case when assigned_to_user_id = $1 then $2 else assigned_to_user_id end,
            on_behalf_user_id = case when on_behalf_user_id = $1 then $2 else on_behalf_user_id end,
            updated_at = case when status_id <> 3 and (user_id = $1 or assigned_to_user_id = $1) then $4
                else updated_at end,
            last_updated_by_user_id = case when status_id <> 3 and (user_id = $1 or assigned_to_user_id = $1) then $3
                when last_updated_by_user_id = $1 then $2
                else last_updated_by_user_id end
        where user_id = $1 or assigned_to_user_id = $1 or on_behalf_user_id = $1 or last_updated_by_user_id = $1",
        from.0,
        to.0,
        actor.user_id.0,
        actor.now(),
    )
    .execute(&mut *conn)
    .await?;
    history::record_on_all(conn, actor, &shown, text).await?;
    Ok(shown)
}

/// Take a user off every ticket that is assigned to him, under [`lock_all`]. `text` goes into their history; returns them.
pub async fn unassign_all(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    text: &str,
) -> Result<Vec<TicketId>> {
    let assigned = sqlx::query_scalar!(
        r#"select id as "id: TicketId" from tickets where assigned_to_user_id = $1 order by id"#,
        user.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    sqlx::query!(
        "update tickets
        set assigned_to_user_id = null,
            updated_at = case when status_id <> 3 then $3 else updated_at end,
            last_updated_by_user_id = case when status_id <> 3 then $2 else last_updated_by_user_id end
        where assigned_to_user_id = $1",
        user.0,
        actor.user_id.0,
        actor.now(),
    )
    .execute(&mut *conn)
    .await?;
    history::record_on_all(conn, actor, &assigned, text).await?;
    let payload = json!({ "suppressNotification": true });
    outbox::record_each(conn, actor, "ticket.unassigned", &assigned, payload).await?;
    Ok(assigned)
}
