//! SQL of comments.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Comment;
use crate::error::Result;
use crate::ids::{CommentId, TicketId, UserId};

/// What a new row holds.
pub(super) struct NewRow<'a> {
    pub(super) ticket: TicketId,
    pub(super) user: UserId,
    pub(super) created_at: DateTime<Utc>,
    pub(super) body: &'a str,
    pub(super) for_techs_only: bool,
    pub(super) is_system: bool,
    pub(super) recipient_ids: Option<&'a [i32]>,
}

/// A new comment; its id.
pub(super) async fn insert(conn: &mut PgConnection, row: NewRow<'_>) -> Result<CommentId> {
    let id = sqlx::query_scalar!(
        "
        insert into comments (ticket_id, user_id, created_at, body, for_techs_only, is_system, recipient_ids)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning id
        ",
        row.ticket.0,
        row.user.0,
        row.created_at,
        row.body,
        row.for_techs_only,
        row.is_system,
        row.recipient_ids,
    )
    .fetch_one(conn)
    .await?;
    Ok(CommentId(id))
}

/// The comments of a ticket, newest first; those for technicians only when asked. By date before id: what opened a
/// ticket that was merged into this one is an old comment with a new id.
pub(super) async fn list(
    conn: &mut PgConnection,
    ticket: TicketId,
    with_techs_only: bool,
) -> Result<Vec<Comment>> {
    let comments = sqlx::query_as!(
        Comment,
        r#"
        select c.id as "id: CommentId", c.ticket_id as "ticket_id: TicketId", c.user_id as "user_id: UserId",
            u.username, u.email, u.first_name, u.last_name, c.is_system, c.created_at, c.for_techs_only, c.body,
            coalesce((
                select string_agg(r.email, ', ' order by r.id)
                from users r
                where r.id = any(c.recipient_ids) and r.email <> ''
            ), '') as "recipients!"
        from comments c
        join users u on u.id = c.user_id
        where c.ticket_id = $1
            and ($2 or not c.for_techs_only)
        order by c.created_at desc, c.id desc
        "#,
        ticket.0,
        with_techs_only,
    )
    .fetch_all(conn)
    .await?;
    Ok(comments)
}

/// Those of the users who subscribe to the ticket.
pub(super) async fn subscribers_among(
    conn: &mut PgConnection,
    ticket: TicketId,
    users: &[i32],
) -> Result<Vec<i32>> {
    let subscribers = sqlx::query_scalar!(
        "select user_id from subscribers where ticket_id = $1 and user_id = any($2) order by user_id",
        ticket.0,
        users,
    )
    .fetch_all(conn)
    .await?;
    Ok(subscribers)
}
