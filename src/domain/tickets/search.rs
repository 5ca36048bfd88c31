//! The words of a ticket: one document for everybody, one for its staff. The SQL functions of the schema turn
//! HTML into words, for rows written here and for bulk loading alike.

use sqlx::PgConnection;

use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::TicketId;

/// A comment's words join the ticket's documents; those of a note for technicians only that of its staff.
pub async fn add_words(
    conn: &mut PgConnection,
    ticket: TicketId,
    html: &str,
    techs_only: bool,
) -> Result<()> {
    sqlx::query!(
        "update ticket_search
         set public_words = case when $3 then public_words else append_words(public_words, w.words) end,
             staff_words = append_words(staff_words, w.words)
         from (select search_words($2) as words) w
         where ticket_id = $1",
        ticket.0,
        html,
        techs_only,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Make the documents anew, after subject, body or tags changed.
pub async fn rebuild(conn: &mut PgConnection, ticket: TicketId) -> Result<()> {
    // Whoever writes them at the same time, a tag's new name say, is waited for before anything is read.
    sqlx::query!(
        "select rebuild_ticket_search($1)
        from (select count(*) from (select from ticket_search where ticket_id = $1 for update) held) waited",
        ticket.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// [`rebuild`] for many tickets; those that are deleted meanwhile are left alone.
pub async fn rebuild_all(conn: &mut PgConnection, tickets: &[i32]) -> Result<()> {
    sqlx::query!(
        "select rebuild_ticket_search(held.ticket_id)
        from (select ticket_id from ticket_search where ticket_id = any ($1) order by ticket_id for update) held",
        tickets,
    )
    .execute(conn)
    .await?;
    Ok(())
}
