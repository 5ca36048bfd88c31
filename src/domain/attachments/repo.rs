//! SQL of attachments.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Attachment, NewFile, Owner};
use crate::error::Result;
use crate::ids::{ArticleId, AssetId, AttachmentId, CommentId, TicketId, UserId};

/// A row, joined with the comment it came with.
struct Row {
    id: i32,
    ticket_id: Option<i32>,
    comment_id: Option<i32>,
    article_id: Option<i32>,
    asset_id: Option<i32>,
    user_id: i32,
    file_name: String,
    content_type: String,
    size: i64,
    storage_key: String,
    created_at: DateTime<Utc>,
    for_techs_only: Option<bool>,
    is_system: Option<bool>,
    hidden_from_kb: bool,
    hidden_from_tickets: bool,
}

impl From<Row> for Attachment {
    fn from(row: Row) -> Self {
        let owner = match (row.ticket_id, row.comment_id, row.article_id, row.asset_id) {
            (Some(ticket), Some(comment), _, _) => Owner::Comment {
                ticket: TicketId(ticket),
                comment: CommentId(comment),
            },
            (Some(ticket), None, _, _) => Owner::Ticket {
                ticket: TicketId(ticket),
            },
            (None, _, Some(article), _) => Owner::Article(ArticleId(article)),
            (None, _, None, Some(asset)) => Owner::Asset(AssetId(asset)),
            (None, _, None, None) => Owner::Draft,
        };
        Self {
            id: AttachmentId(row.id),
            owner,
            user_id: UserId(row.user_id),
            file_name: row.file_name,
            content_type: row.content_type,
            size: row.size,
            storage_key: row.storage_key,
            created_at: row.created_at,
            for_techs_only: row.for_techs_only.unwrap_or(false),
            comment_is_system: row.is_system.unwrap_or(false),
            hidden_from_kb: row.hidden_from_kb,
            hidden_from_tickets: row.hidden_from_tickets,
        }
    }
}

/// One attachment.
pub(super) async fn find(conn: &mut PgConnection, id: AttachmentId) -> Result<Option<Attachment>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select a.id, a.ticket_id, a.comment_id, a.article_id, a.asset_id, a.user_id, a.file_name, a.content_type,
            a.size, a.storage_key, a.created_at, c.for_techs_only as "for_techs_only?",
            c.is_system as "is_system?", a.hidden_from_kb, a.hidden_from_tickets
        from attachments a
        left join comments c on c.id = a.comment_id
        where a.id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Attachment::from))
}

/// The attachments of a ticket and its comments, oldest first; those of comments for technicians only when asked.
pub(super) async fn list_of_ticket(
    conn: &mut PgConnection,
    ticket: TicketId,
    with_techs_only: bool,
) -> Result<Vec<Attachment>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select a.id, a.ticket_id, a.comment_id, a.article_id, a.asset_id, a.user_id, a.file_name, a.content_type,
            a.size, a.storage_key, a.created_at, c.for_techs_only as "for_techs_only?",
            c.is_system as "is_system?", a.hidden_from_kb, a.hidden_from_tickets
        from attachments a
        left join comments c on c.id = a.comment_id
        where a.ticket_id = $1
            and ($2 or not coalesce(c.for_techs_only, false))
        order by a.id
        "#,
        ticket.0,
        with_techs_only,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// The attachments of an article that are shown with it, oldest first.
pub(super) async fn list_of_article(
    conn: &mut PgConnection,
    article: ArticleId,
) -> Result<Vec<Attachment>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select a.id, a.ticket_id, a.comment_id, a.article_id, a.asset_id, a.user_id, a.file_name, a.content_type,
            a.size, a.storage_key, a.created_at, null::boolean as "for_techs_only?",
            null::boolean as "is_system?", a.hidden_from_kb, a.hidden_from_tickets
        from attachments a
        where a.article_id = $1
            and not a.hidden_from_kb
        order by a.id
        "#,
        article.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Attachment::from).collect())
}

/// A new attachment; its id.
pub(super) async fn insert(
    conn: &mut PgConnection,
    owner: Owner,
    user: UserId,
    file: &NewFile,
    now: DateTime<Utc>,
) -> Result<AttachmentId> {
    let (article, asset) = match owner {
        Owner::Article(article) => (Some(article.0), None),
        Owner::Asset(asset) => (None, Some(asset.0)),
        Owner::Ticket { .. } | Owner::Comment { .. } | Owner::Draft => (None, None),
    };
    let id = sqlx::query_scalar!(
        "
        insert into attachments (id, ticket_id, comment_id, article_id, asset_id, user_id, file_name, content_type,
            size, sha256, storage_key, created_at)
        values (coalesce($1, nextval('attachments_id_seq')::integer), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        returning id
        ",
        file.id.map(|id| id.0),
        owner.ticket().map(|ticket| ticket.0),
        owner.comment().map(|comment| comment.0),
        article,
        asset,
        user.0,
        file.file_name,
        file.content_type,
        file.size,
        file.sha256,
        file.storage_key,
        now,
    )
    .fetch_one(conn)
    .await?;
    Ok(AttachmentId(id))
}

/// Ids that no other attachment will get.
pub(super) async fn reserve_ids(conn: &mut PgConnection, count: i32) -> Result<Vec<AttachmentId>> {
    let ids = sqlx::query_scalar!(
        r#"select nextval('attachments_id_seq')::integer as "id!" from generate_series(1, $1)"#,
        count,
    )
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(AttachmentId).collect())
}

/// Remove an attachment; false when there is none.
pub(super) async fn delete(conn: &mut PgConnection, id: AttachmentId) -> Result<bool> {
    let done = sqlx::query!("delete from attachments where id = $1", id.0)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Those of the keys that an attachment names.
pub(super) async fn known_keys(conn: &mut PgConnection, keys: &[String]) -> Result<Vec<String>> {
    let known = sqlx::query_scalar!(
        "select storage_key from attachments where storage_key = any($1)",
        keys,
    )
    .fetch_all(conn)
    .await?;
    Ok(known)
}
