//! Sections: headings over categories.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::{audited_actions, text};

/// The longest name.
const NAME: usize = 200;

/// What administrators decide about a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its place among the sections: lower comes first.
    #[serde(default)]
    pub order: i32,
}

/// Sections, as administrators keep them.
#[derive(Debug)]
pub enum SectionKind {}

impl Kept for SectionKind {
    const KIND: &'static str = "section";
    const ACTIONS: Actions = audited_actions!("section");
    type Draft = SectionDraft;

    fn check(draft: SectionDraft) -> Result<SectionDraft> {
        Ok(SectionDraft {
            name: text::name("name", &draft.name, NAME)?,
            order: draft.order,
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<SectionDraft>>> {
        let rows = sqlx::query!(
            "select id, name, order_by from sections where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Stored {
                id: row.id,
                draft: SectionDraft {
                    name: row.name,
                    order: row.order_by,
                },
            })
            .collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<SectionDraft>> {
        if lock {
            sqlx::query_scalar!("select id from sections where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(sqlx::query_as!(
            SectionDraft,
            r#"select name, order_by as "order" from sections where id = $1"#,
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &SectionDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into sections (name, order_by) values ($1, $2) returning id",
            draft.name,
            draft.order,
        )
        .fetch_one(conn)
        .await
        .on_constraint("sections_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &SectionDraft,
        after: &SectionDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update sections set name = $2, order_by = $3 where id = $1",
            id,
            after.name,
            after.order,
        )
        .execute(conn)
        .await
        .on_constraint("sections_name_key", name_is_taken)?
        .expect_rows(1)
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let categories = sqlx::query_scalar!(
            r#"select count(*) as "count!" from categories where section_id = $1"#,
            id,
        )
        .fetch_one(conn)
        .await?;
        Ok(Use::some([("categories", categories)]))
    }

    async fn move_uses(conn: &mut PgConnection, _: &Actor, from: i32, to: i32) -> Result<()> {
        sqlx::query!(
            "update categories set section_id = $2 where section_id = $1",
            from,
            to,
        )
        .execute(conn)
        .await
        .on_constraint("categories_section_id_name_key", || {
            Error::conflict("move_to", "has a category of the same name")
        })?;
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from sections where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another section")
}
