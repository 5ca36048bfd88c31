//! SQL of articles.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Article, Tag};
use crate::access::articles::Visibility;
use crate::actor::Actor;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{ArticleId, CategoryId, TagId};

/// A row without its body.
struct Row {
    id: ArticleId,
    category_id: CategoryId,
    category: String,
    subject: String,
    for_techs_only: bool,
    created_at: DateTime<Utc>,
    updated_at: Option<DateTime<Utc>>,
    tag_ids: Vec<TagId>,
    tag_names: Vec<String>,
}

impl From<Row> for Article {
    fn from(row: Row) -> Self {
        let tags = row.tag_ids.into_iter().zip(row.tag_names);
        Self {
            id: row.id,
            category_id: row.category_id,
            category: row.category,
            subject: row.subject,
            for_techs_only: row.for_techs_only,
            created_at: row.created_at,
            updated_at: row.updated_at,
            tags: tags.map(|(id, name)| Tag { id, name }).collect(),
        }
    }
}

/// The articles that may be shown, oldest first; those of one category when asked.
#[tracing::instrument(name = "db.articles.list", skip_all)]
pub(super) async fn list(
    conn: &mut PgConnection,
    visibility: &Visibility,
    category: Option<CategoryId>,
) -> Result<Vec<Article>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select a.id as "id: ArticleId", a.category_id as "category_id: CategoryId", c.name as category, a.subject,
            a.for_techs_only, a.created_at, a.updated_at, g.ids as "tag_ids!: Vec<TagId>", g.names as "tag_names!"
        from articles a
        join categories c on c.id = a.category_id
        cross join lateral (
            select coalesce(array_agg(t.id order by t.name), '{}') as ids,
                coalesce(array_agg(t.name order by t.name), '{}') as names
            from article_tags b
            join tags t on t.id = b.tag_id
            where b.article_id = a.id
        ) g
        where (a.category_id = any ($1) or (a.category_id = any ($2) and not a.for_techs_only))
            and ($3::integer is null or a.category_id = $3)
        order by a.id
        "#,
        visibility.whole(),
        visibility.public(),
        category.map(|category| category.0),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Article::from).collect())
}

/// One article.
pub(super) async fn find(conn: &mut PgConnection, id: ArticleId) -> Result<Option<Article>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        select a.id as "id: ArticleId", a.category_id as "category_id: CategoryId", c.name as category, a.subject,
            a.for_techs_only, a.created_at, a.updated_at, g.ids as "tag_ids!: Vec<TagId>", g.names as "tag_names!"
        from articles a
        join categories c on c.id = a.category_id
        cross join lateral (
            select coalesce(array_agg(t.id order by t.name), '{}') as ids,
                coalesce(array_agg(t.name order by t.name), '{}') as names
            from article_tags b
            join tags t on t.id = b.tag_id
            where b.article_id = a.id
        ) g
        where a.id = $1
        "#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(Article::from))
}

/// Body of an article, as sent.
pub(super) async fn find_body(conn: &mut PgConnection, id: ArticleId) -> Result<Option<String>> {
    Ok(
        sqlx::query_scalar!("select body from articles where id = $1", id.0)
            .fetch_optional(conn)
            .await?,
    )
}

/// Category of an article, and whether it is for technicians only.
pub(super) async fn find_facts(
    conn: &mut PgConnection,
    id: ArticleId,
) -> Result<Option<(CategoryId, bool)>> {
    let row = sqlx::query!(
        "select category_id, for_techs_only from articles where id = $1",
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (CategoryId(row.category_id), row.for_techs_only)))
}

/// A new article by the actor; its id.
pub(super) async fn insert(
    conn: &mut PgConnection,
    actor: &Actor,
    category: CategoryId,
    subject: &str,
    body: &str,
    for_techs_only: bool,
) -> Result<ArticleId> {
    let id = sqlx::query_scalar!(
        "
        insert into articles (category_id, user_id, subject, body, for_techs_only, created_at)
        values ($1, $2, $3, $4, $5, $6)
        returning id
        ",
        category.0,
        actor.user_id.0,
        subject,
        body,
        for_techs_only,
        actor.now(),
    )
    .fetch_one(conn)
    .await
    .on_constraint("articles_category_id_fkey", || Error::NotFound("category"))?;
    Ok(ArticleId(id))
}
