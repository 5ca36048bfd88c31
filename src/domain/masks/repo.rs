//! The SQL of masks.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Audience;
use crate::error::Result;
use crate::ids::{ArticleId, CategoryId, CommentId, StatusId, TicketId};

/// What most masks stand for.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) id: TicketId,
    pub(super) subject: String,
    pub(super) body: String,
    pub(super) priority: i16,
    pub(super) status_id: StatusId,
    pub(super) status: String,
    pub(super) category_id: CategoryId,
    pub(super) category: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) due_date: Option<DateTime<Utc>>,
    pub(super) username: String,
    pub(super) email: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) technician_username: Option<String>,
    pub(super) technician_first_name: Option<String>,
    pub(super) technician_last_name: Option<String>,
}

/// The number of the ticket of texts about none.
pub(super) const NO_TICKET: TicketId = TicketId(0);

impl Facts {
    /// Of a text about no ticket.
    pub(super) fn of_user(
        (first_name, last_name): (String, String),
        (username, email): (String, String),
    ) -> Self {
        Self {
            id: NO_TICKET,
            subject: String::new(),
            body: String::new(),
            priority: 0,
            status_id: StatusId::NEW,
            status: String::new(),
            category_id: CategoryId(0),
            category: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            due_date: None,
            username,
            email,
            first_name,
            last_name,
            technician_username: None,
            technician_first_name: None,
            technician_last_name: None,
        }
    }
}

#[tracing::instrument(name = "db.masks.facts", skip_all)]
pub(super) async fn facts(conn: &mut PgConnection, ticket: TicketId) -> Result<Option<Facts>> {
    Ok(sqlx::query_as!(
        Facts,
        r#"select t.id as "id: TicketId", t.subject, t.body, t.priority, t.status_id as "status_id: StatusId",
            s.name as status, t.category_id as "category_id: CategoryId", c.name as category, t.created_at, t.due_date,
            u.username, u.email, u.first_name, u.last_name, a.username as "technician_username?",
            a.first_name as "technician_first_name?", a.last_name as "technician_last_name?"
        from tickets t
        join statuses s on s.id = t.status_id
        join categories c on c.id = t.category_id
        join users u on u.id = t.user_id
        left join users a on a.id = t.assigned_to_user_id
        where t.id = $1"#,
        ticket.0,
    )
    .fetch_optional(conn)
    .await?)
}

/// A reply.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) created_at: DateTime<Utc>,
    pub(super) body: String,
    pub(super) username: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
}

/// The latest replies, newest first, as far as the audience may read them; none after `until`.
#[tracing::instrument(name = "db.masks.messages", skip_all)]
pub(super) async fn messages(
    conn: &mut PgConnection,
    ticket: TicketId,
    audience: Audience,
    until: Option<CommentId>,
    limit: i64,
) -> Result<Vec<Message>> {
    Ok(sqlx::query_as!(
        Message,
        "select k.created_at, k.body, u.username, u.first_name, u.last_name
        from comments k
        join users u on u.id = k.user_id
        where k.ticket_id = $1 and not k.is_system and ($2 or not k.for_techs_only)
            and ($3::integer is null or k.id <= $3)
        order by k.created_at desc, k.id desc
        limit $4",
        ticket.0,
        audience == Audience::Staff,
        until.map(|comment| comment.0),
        limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The articles whose subjects share the most words with that of the ticket, as far as everybody may read them, or
/// whoever works on the ticket.
#[tracing::instrument(name = "db.masks.articles", skip_all)]
pub(super) async fn articles(
    conn: &mut PgConnection,
    facts: &Facts,
    audience: Audience,
    limit: i64,
) -> Result<Vec<(ArticleId, String)>> {
    let rows = sqlx::query!(
        r#"with wanted as (
            select string_agg(quote_literal(lexeme), ' | ')::tsquery as words
            from unnest(search_subject($1))
            where length(lexeme) > 2
        )
        select a.id as "id: ArticleId", a.subject
        from articles a
        join categories c on c.id = a.category_id
        cross join wanted w
        where search_subject(a.subject) @@ w.words and not c.disabled
            and ((not a.for_techs_only and not c.for_techs_only and not c.for_specific_users)
                or ($2 and a.category_id = $3))
        order by ts_rank(search_subject(a.subject), w.words) desc, a.id desc
        limit $4"#,
        facts.subject,
        audience == Audience::Staff,
        facts.category_id.0,
        limit,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.subject)).collect())
}
