//! Departments as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::DepartmentId;
use crate::rules::naming::{self, Named};
use crate::{audited_actions, text};

/// The longest name.
const NAME: usize = 200;

/// What administrators decide about a department.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
}

/// Departments.
#[derive(Debug)]
pub enum DepartmentKind {}

impl Kept for DepartmentKind {
    const KIND: &'static str = "department";
    const ACTIONS: Actions = audited_actions!("department");
    type Draft = DepartmentDraft;

    fn check(draft: DepartmentDraft) -> Result<DepartmentDraft> {
        Ok(DepartmentDraft {
            name: text::name("name", &draft.name, NAME)?,
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<DepartmentDraft>>> {
        let rows = sqlx::query!(
            "select id, name from departments where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: DepartmentDraft { name: row.name },
        });
        Ok(stored.collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<DepartmentDraft>> {
        if lock {
            sqlx::query_scalar!("select id from departments where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(sqlx::query_as!(
            DepartmentDraft,
            "select name from departments where id = $1",
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &DepartmentDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into departments (name) values ($1) returning id",
            draft.name,
        )
        .fetch_one(conn)
        .await
        .on_constraint("departments_name_key", name_is_taken)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &DepartmentDraft,
        after: &DepartmentDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update departments set name = $2 where id = $1",
            id,
            after.name,
        )
        .execute(conn)
        .await
        .on_constraint("departments_name_key", name_is_taken)?
        .expect_rows(1)
    }

    /// Deleted users count: their department decides who sees their tickets.
    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        let users = sqlx::query_scalar!(
            r#"select count(*) as "count!" from users where department_id = $1"#,
            id,
        )
        .fetch_one(&mut *conn)
        .await?;
        let rules = naming::count(conn, Named::Department(DepartmentId(id))).await?;
        Ok(Use::some([("users", users), ("rules", rules)]))
    }

    async fn move_uses(conn: &mut PgConnection, actor: &Actor, from: i32, to: i32) -> Result<()> {
        db::allow_a_minute(conn).await?;
        sqlx::query!(
            "update users set department_id = $2 where department_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        let (from, to) = (DepartmentId(from), DepartmentId(to));
        naming::replace(conn, actor, Named::Department(from), Named::Department(to)).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from departments where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another department")
}
