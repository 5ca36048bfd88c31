//! Statuses as administrators keep them.

use sqlx::PgConnection;

use super::{LAST_BUILT_IN, StatusDraft, StatusRole};
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::{self, ExpectRows};
use crate::error::{Error, OnConstraint, Result, Use};
use crate::ids::StatusId;
use crate::rules::naming::{self, Named};
use crate::{audited_actions, references, text};

/// The longest name.
const NAME: usize = 100;

/// Statuses.
#[derive(Debug)]
pub enum StatusKind {}

/// A row, before its texts are given their types.
macro_rules! draft {
    ($row:expr) => {
        StatusDraft {
            name: $row.name,
            color: $row.color,
            order: $row.order_by,
            stops_time: $row.stops_time,
            roles: roles(&$row.roles),
            category_ids: $row.category_ids,
        }
    };
}

impl Kept for StatusKind {
    const KIND: &'static str = "status";
    const ACTIONS: Actions = audited_actions!("status");
    type Draft = StatusDraft;

    /// Whoever sees a ticket sees its status.
    fn require_reader(_: &Actor) -> Result<()> {
        Ok(())
    }

    fn check(draft: StatusDraft) -> Result<StatusDraft> {
        let color = text::line("color", &draft.color, 7)?;
        let mut letters = color.chars();
        let is_color = letters.next() == Some('#')
            && color.len() == 7
            && letters.all(|letter| letter.is_ascii_hexdigit());
        if !color.is_empty() && !is_color {
            return Err(Error::invalid("color", "is not #rrggbb"));
        }
        let mut roles = draft.roles;
        roles.sort_unstable();
        roles.dedup();
        Ok(StatusDraft {
            name: text::name("name", &draft.name, NAME)?,
            color,
            roles,
            category_ids: references::tidy("category_ids", draft.category_ids)?,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<StatusDraft>>> {
        let rows = sqlx::query!(
            r#"select id, name, color, order_by, stops_time, roles,
                array(select category_id from status_categories where status_id = s.id order by category_id)
                    as "category_ids!"
            from statuses s
            where id > $1
            order by id
            limit $2"#,
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: draft!(row),
        });
        Ok(stored.collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<StatusDraft>> {
        if lock {
            sqlx::query_scalar!("select id from statuses where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        let row = sqlx::query!(
            r#"select name, color, order_by, stops_time, roles,
                array(select category_id from status_categories where status_id = s.id order by category_id)
                    as "category_ids!"
            from statuses s
            where id = $1"#,
            id,
        )
        .fetch_optional(conn)
        .await?;
        Ok(row.map(|row| draft!(row)))
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &StatusDraft) -> Result<i32> {
        let id = sqlx::query_scalar!(
            "insert into statuses (name, color, order_by, stops_time, roles) values ($1, $2, $3, $4, $5) returning id",
            draft.name,
            draft.color,
            draft.order,
            draft.stops_time,
            &role_names(draft),
        )
        .fetch_one(&mut *conn)
        .await
        .on_constraint("statuses_name_key", name_is_taken)?;
        set_categories(conn, id, draft).await?;
        Ok(id)
    }

    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &StatusDraft,
        after: &StatusDraft,
    ) -> Result<()> {
        let is_limited = !after.roles.is_empty() || !after.category_ids.is_empty();
        if id <= LAST_BUILT_IN && is_limited {
            let (field, problem) = if after.roles.is_empty() {
                (
                    "category_ids",
                    "must be empty: this status is needed in every category",
                )
            } else {
                ("roles", "must be empty: everybody needs this status")
            };
            return Err(Error::invalid(field, problem));
        }
        sqlx::query!(
            "update statuses set name = $2, color = $3, order_by = $4, stops_time = $5, roles = $6 where id = $1",
            id,
            after.name,
            after.color,
            after.order,
            after.stops_time,
            &role_names(after),
        )
        .execute(&mut *conn)
        .await
        .on_constraint("statuses_name_key", name_is_taken)?
        .expect_rows(1)?;
        set_categories(conn, id, after).await
    }

    async fn uses(conn: &mut PgConnection, id: i32) -> Result<Vec<Use>> {
        if id <= LAST_BUILT_IN {
            return Err(Error::forbidden(
                "New, In process and Closed cannot be deleted; they may have other names.",
            ));
        }
        let counts = sqlx::query!(
            r#"select (select count(*) from tickets where status_id = $1) as "tickets!",
                (select count(*) from time_spent_log where status_id = $1) as "times!""#,
            id,
        )
        .fetch_one(&mut *conn)
        .await?;
        let rules = naming::count(conn, Named::Status(StatusId(id))).await?;
        Ok(Use::some([
            ("tickets", counts.tickets),
            ("entries of the time log", counts.times),
            ("rules", rules),
        ]))
    }

    async fn move_uses(conn: &mut PgConnection, actor: &Actor, from: i32, to: i32) -> Result<()> {
        db::allow_a_minute(conn).await?;
        let closes = to == 3;
        sqlx::query!(
            "update tickets
             set status_id = $2, resolved_date = case when $3 then coalesce(resolved_date, $4) else resolved_date end
             where status_id = $1",
            from,
            to,
            closes,
            actor.now(),
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "update time_spent_log set status_id = $2 where status_id = $1",
            from,
            to,
        )
        .execute(&mut *conn)
        .await?;
        let (from, to) = (StatusId(from), StatusId(to));
        naming::replace(conn, actor, Named::Status(from), Named::Status(to)).await
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from statuses where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another status")
}

fn roles(names: &[String]) -> Vec<StatusRole> {
    let known = StatusRole::ALL.into_iter();
    known
        .filter(|role| names.iter().any(|name| name == role.name()))
        .collect()
}

fn role_names(draft: &StatusDraft) -> Vec<String> {
    let roles = draft.roles.iter();
    roles.map(|role| role.name().to_owned()).collect()
}

async fn set_categories(conn: &mut PgConnection, id: i32, draft: &StatusDraft) -> Result<()> {
    sqlx::query!(
        "delete from status_categories where status_id = $1 and category_id <> all ($2)",
        id,
        &draft.category_ids,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into status_categories (status_id, category_id) select $1, unnest($2::integer[]) on conflict do nothing",
        id,
        &draft.category_ids,
    )
    .execute(conn)
    .await
    .on_constraint("status_categories_category_id_fkey", || {
        Error::invalid("category_ids", "names a category that does not exist")
    })?;
    Ok(())
}
