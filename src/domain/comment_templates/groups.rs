//! Groups of comment templates, as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::{audited_actions, text};

/// The longest name.
const NAME: usize = 200;

/// What administrators decide about a group of comment templates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentTemplateGroupDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// Groups of comment templates.
#[derive(Debug)]
pub enum CommentTemplateGroupKind {}

impl Kept for CommentTemplateGroupKind {
    const KIND: &'static str = "comment template group";
    const ACTIONS: Actions = audited_actions!("comment_template_group");
    type Draft = CommentTemplateGroupDraft;

    fn require_reader(actor: &Actor) -> Result<()> {
        staff::require_staff(actor)
    }

    fn check(draft: CommentTemplateGroupDraft) -> Result<CommentTemplateGroupDraft> {
        Ok(CommentTemplateGroupDraft {
            name: text::name("name", &draft.name, NAME)?,
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<CommentTemplateGroupDraft>>> {
        let rows = sqlx::query!(
            "select id, name from comment_template_groups where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: CommentTemplateGroupDraft { name: row.name },
        });
        Ok(stored.collect())
    }

    async fn find(
        conn: &mut PgConnection,
        id: i32,
        lock: bool,
    ) -> Result<Option<CommentTemplateGroupDraft>> {
        if lock {
            sqlx::query_scalar!(
                "select id from comment_template_groups where id = $1 for update",
                id,
            )
            .fetch_optional(&mut *conn)
            .await?;
        }
        Ok(sqlx::query_as!(
            CommentTemplateGroupDraft,
            "select name from comment_template_groups where id = $1",
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(
        conn: &mut PgConnection,
        _: &Actor,
        draft: &CommentTemplateGroupDraft,
    ) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into comment_template_groups (name) values ($1) returning id",
            draft.name,
        )
        .fetch_one(conn)
        .await
        .on_constraint("comment_template_groups_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &CommentTemplateGroupDraft,
        after: &CommentTemplateGroupDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update comment_template_groups set name = $2 where id = $1",
            id,
            after.name,
        )
        .execute(conn)
        .await
        .on_constraint("comment_template_groups_name_key", name_is_taken)?
        .expect_rows(1)
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let templates = sqlx::query_scalar!(
            r#"select count(*) as "count!" from comment_templates where group_id = $1"#,
            id,
        )
        .fetch_one(conn)
        .await?;
        Ok(Use::some([("comment templates", templates)]))
    }

    async fn move_uses(conn: &mut PgConnection, _: &Actor, from: i32, to: i32) -> Result<()> {
        sqlx::query!(
            "update comment_templates set group_id = $2 where group_id = $1",
            from,
            to,
        )
        .execute(conn)
        .await?;
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from comment_template_groups where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another comment template group")
}
