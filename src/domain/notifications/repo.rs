//! The SQL of who is told of what. Nobody is told who is disabled or deleted, has no address, or wants no mail.

use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::{AttachmentId, CategoryId, CommentId, TicketId, UserId};

/// Somebody who may be told.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) lang: String,
    /// An administrator, or a technician of the ticket's category.
    pub(super) is_staff: bool,
}

/// What of a ticket decides about its mail.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) category_id: CategoryId,
    pub(super) user_id: UserId,
    pub(super) origin: i16,
    pub(super) from_address: Option<String>,
}

#[tracing::instrument(name = "db.notifications.facts", skip_all)]
pub(super) async fn facts(conn: &mut PgConnection, ticket: TicketId) -> Result<Option<Facts>> {
    Ok(sqlx::query_as!(
        Facts,
        r#"select t.category_id as "category_id: CategoryId", t.user_id as "user_id: UserId", t.origin, c.from_address
        from tickets t
        join categories c on c.id = t.category_id
        where t.id = $1"#,
        ticket.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// Which people.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which<'a> {
    /// The technicians of the ticket's category. An administrator is one where he is made one.
    Technicians,
    /// Whoever subscribes to the ticket.
    Subscribers,
    /// Those of these who subscribe to the ticket.
    Chosen(&'a [i32]),
    /// This one.
    User(UserId),
}

/// The people, by id.
#[tracing::instrument(name = "db.notifications.people", skip_all)]
pub(super) async fn people(
    conn: &mut PgConnection,
    ticket: TicketId,
    category: CategoryId,
    which: Which<'_>,
) -> Result<Vec<Person>> {
    let technicians = matches!(which, Which::Technicians);
    let subscribers = matches!(which, Which::Subscribers | Which::Chosen(_));
    let chosen = match which {
        Which::Chosen(chosen) => Some(chosen),
        _ => None,
    };
    let user = match which {
        Which::User(user) => Some(user.0),
        _ => None,
    };
    Ok(sqlx::query_as!(
        Person,
        r#"select u.id as "id: UserId", u.username, u.email, u.first_name, u.last_name, u.lang,
            (u.is_admin or exists (
                select from category_technicians ct where ct.user_id = u.id and ct.category_id = $2)) as "is_staff!"
        from users u
        where not u.disabled and u.deleted_at is null and u.send_email and u.email <> ''
            and u.id in (
                select ct.user_id from category_technicians ct where $3 and ct.category_id = $2
                union all
                select s.user_id from subscribers s
                where $4 and s.ticket_id = $1 and ($5::integer[] is null or s.user_id = any ($5))
                union all
                select $6::integer)
        order by u.id"#,
        ticket.0,
        category.0,
        technicians,
        subscribers,
        chosen,
        user,
    )
    .fetch_all(conn)
    .await?)
}

/// What one is called: "First Last", or the user name.
pub(super) async fn name(conn: &mut PgConnection, user: UserId) -> Result<String> {
    let row = sqlx::query!(
        "select username, first_name, last_name from users where id = $1",
        user.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map_or_else(String::new, |row| {
        crate::users::full_name(&row.first_name, &row.last_name, &row.username)
    }))
}

/// A file.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    pub(super) id: AttachmentId,
    pub(super) file_name: String,
    pub(super) size: i64,
}

/// The files of a comment, or of the ticket itself.
pub(super) async fn files(
    conn: &mut PgConnection,
    ticket: TicketId,
    comment: Option<CommentId>,
) -> Result<Vec<Attached>> {
    Ok(sqlx::query_as!(
        Attached,
        r#"select id as "id: AttachmentId", file_name, size
        from attachments
        where ticket_id = $1 and comment_id is not distinct from $2 and not hidden_from_tickets
        order by id"#,
        ticket.0,
        comment.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?)
}
