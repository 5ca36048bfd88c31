//! Tags as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::LONGEST;
use crate::access::staff;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::tickets::search;
use crate::{audited_actions, text};

/// What administrators decide about a tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagDraft {
    /// Its name, one of its kind in any case; without commas, which separate tags.
    #[schema(min_length = 1, max_length = 100, pattern = "^[^,]*$")]
    pub name: String,
}

/// Tags of tickets and articles.
#[derive(Debug)]
pub enum TagKind {}

impl Kept for TagKind {
    const KIND: &'static str = "tag";
    const ACTIONS: Actions = audited_actions!("tag");
    type Draft = TagDraft;

    fn require_reader(actor: &Actor) -> Result<()> {
        staff::require_staff(actor)
    }

    fn check(draft: TagDraft) -> Result<TagDraft> {
        let name = text::name("name", &draft.name, LONGEST)?;
        if name.contains(',') {
            return Err(Error::invalid(
                "name",
                "holds a comma, which separates tags",
            ));
        }
        Ok(TagDraft { name })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<TagDraft>>> {
        let rows = sqlx::query!(
            "select id, name from tags where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: TagDraft { name: row.name },
        });
        Ok(stored.collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<TagDraft>> {
        if lock {
            sqlx::query_scalar!("select id from tags where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(
            sqlx::query_as!(TagDraft, "select name from tags where id = $1", id)
                .fetch_optional(conn)
                .await?,
        )
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &TagDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into tags (name) values ($1) returning id",
            draft.name,
        )
        .fetch_one(conn)
        .await
        .on_constraint("tags_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        before: &TagDraft,
        after: &TagDraft,
    ) -> Result<()> {
        sqlx::query!("update tags set name = $2 where id = $1", id, after.name)
            .execute(&mut *conn)
            .await
            .on_constraint("tags_name_key", name_is_taken)?
            .expect_rows(1)?;
        // Words are found in any case.
        if before.name.to_lowercase() == after.name.to_lowercase() {
            return Ok(());
        }
        db::allow_a_minute(conn).await?;
        let tickets = tickets(conn, id).await?;
        search::rebuild_all(conn, &tickets).await
    }

    /// Rules name tags by their text, and make them anew.
    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let counts = sqlx::query!(
            r#"select (select count(*) from ticket_tags where tag_id = $1) as "tickets!",
                (select count(*) from article_tags where tag_id = $1) as "articles!""#,
            id,
        )
        .fetch_one(conn)
        .await?;
        Ok(Use::some([
            ("tickets", counts.tickets),
            ("articles", counts.articles),
        ]))
    }

    /// Rows are changed rather than made anew: that locks no ticket. Those that bear both already lose one.
    async fn move_uses(conn: &mut PgConnection, _: &Actor, from: i32, to: i32) -> Result<()> {
        db::allow_a_minute(conn).await?;
        let tickets = tickets(conn, from).await?;
        let meanwhile = || Error::conflict("move_to", "was given to a ticket meanwhile; try again");
        sqlx::query!(
            "update ticket_tags t set tag_id = $2
             where tag_id = $1
                 and not exists (select from ticket_tags o where o.ticket_id = t.ticket_id and o.tag_id = $2)",
            from,
            to,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("ticket_tags_pkey", meanwhile)?;
        sqlx::query!("delete from ticket_tags where tag_id = $1", from)
            .execute(&mut *conn)
            .await?;
        sqlx::query!(
            "update article_tags a set tag_id = $2
             where tag_id = $1
                 and not exists (select from article_tags o where o.article_id = a.article_id and o.tag_id = $2)",
            from,
            to,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("article_tags_pkey", meanwhile)?;
        search::rebuild_all(conn, &tickets).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from tags where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

/// The tickets that bear it. While its row is locked, no other ticket gets it.
async fn tickets(conn: &mut PgConnection, id: i32) -> Result<Vec<i32>> {
    Ok(
        sqlx::query_scalar!("select ticket_id from ticket_tags where tag_id = $1", id)
            .fetch_all(conn)
            .await?,
    )
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another tag")
}
