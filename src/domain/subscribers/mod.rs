//! Subscribers of tickets: they see the ticket and get mail about it.

use sqlx::PgConnection;

use crate::error::{Error, OnConstraint, Result};
use crate::ids::{TicketId, UserId};

/// A subscriber as *Subscribers* shows him.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// The user.
    pub id: UserId,
    /// The name he logs in with.
    pub username: String,
    /// Empty when he has none.
    pub email: String,
    /// Administrator.
    pub is_admin: bool,
    /// May not log in.
    pub disabled: bool,
    /// First name, may be empty.
    pub first_name: String,
    /// Last name, may be empty.
    pub last_name: String,
    /// Wants mail.
    pub send_email: bool,
    /// Technician of at least one category.
    pub is_tech: bool,
    /// Sees the tickets of his company.
    pub is_manager: bool,
    /// Logs in with a second factor.
    pub two_factor_enabled: bool,
    /// Away.
    pub out_of_office: bool,
}

/// Subscribe a user. Returns whether he was not subscribed before. Errors: `NotFound` when there is no such user.
pub async fn add(conn: &mut PgConnection, ticket: TicketId, user: UserId) -> Result<bool> {
    let added = sqlx::query!(
        "insert into subscribers (ticket_id, user_id) values ($1, $2) on conflict do nothing",
        ticket.0,
        user.0,
    )
    .execute(conn)
    .await
    .on_constraint("subscribers_user_id_fkey", || Error::NotFound("user"))?;
    Ok(added.rows_affected() > 0)
}

/// End a subscription. Returns whether there was one.
pub async fn remove(conn: &mut PgConnection, ticket: TicketId, user: UserId) -> Result<bool> {
    let removed = sqlx::query!(
        "delete from subscribers where ticket_id = $1 and user_id = $2",
        ticket.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected() > 0)
}

/// The subscribers of a ticket, by id; deleted users are none.
pub async fn list(conn: &mut PgConnection, ticket: TicketId) -> Result<Vec<Subscriber>> {
    Ok(sqlx::query_as!(
        Subscriber,
        r#"select u.id as "id: UserId", u.username, u.email, u.is_admin, u.disabled, u.first_name, u.last_name,
            u.send_email, exists (select from category_technicians ct where ct.user_id = u.id) as "is_tech!",
            u.is_manager, u.two_factor_enabled, u.out_of_office
        from subscribers s
        join users u on u.id = s.user_id
        where s.ticket_id = $1 and u.deleted_at is null
        order by u.id"#,
        ticket.0,
    )
    .fetch_all(conn)
    .await?)
}
