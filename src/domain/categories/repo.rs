//! The SQL of categories.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::{Category, Technician};
use crate::actor::Actor;
use crate::error::{Error, OnConstraint, Result};
use crate::ids::{CategoryId, SectionId, UserId};

/// Every category, or the one asked for, with what decides whether the actor sees it. Those without a section come
/// first, then by section; within, in the order the administrator gave them.
pub(super) async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    only: Option<CategoryId>,
) -> Result<Vec<Category>> {
    Ok(sqlx::query_as!(
        Category,
        r#"select c.id as "id: CategoryId", c.name, c.section_id as "section_id: SectionId", s.name as "section?",
            c.for_techs_only, c.for_specific_users, c.kb_only, c.disabled, c.from_address,
            (exists (select from category_users cu where cu.category_id = c.id and cu.user_id = $2)
                or exists (select from category_companies cc where cc.category_id = c.id and cc.company_id = $3))
                as "lists_actor!"
        from categories c
        left join sections s on s.id = c.section_id
        where $1::integer is null or c.id = $1
        order by s.order_by nulls first, s.name nulls first, c.order_by, c.name, c.id"#,
        only.map(|id| id.0),
        actor.user_id.0,
        actor.company_id.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?)
}

/// Tickets by category, by the index on it alone.
#[tracing::instrument(name = "db.categories.count_tickets", skip_all)]
pub(super) async fn count_tickets(conn: &mut PgConnection) -> Result<HashMap<CategoryId, i64>> {
    let counts = sqlx::query!(
        r#"select category_id as "category_id: CategoryId", count(*) as "tickets!" from tickets group by category_id"#,
    )
    .fetch_all(conn)
    .await?;
    Ok(counts
        .into_iter()
        .map(|row| (row.category_id, row.tickets))
        .collect())
}

/// Whether there is such a category.
pub(super) async fn exists(conn: &mut PgConnection, id: CategoryId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from categories where id = $1) as "exists!""#,
        id.0
    )
    .fetch_one(conn)
    .await?)
}

/// Whether there is such a user.
pub(super) async fn user_exists(conn: &mut PgConnection, id: UserId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from users where id = $1 and deleted_at is null) as "exists!""#,
        id.0
    )
    .fetch_one(conn)
    .await?)
}

/// "All possible assignees for a category": its technicians and the administrators (the document's sample lists a
/// user who is one without any grant). The open tickets are found by the index of open tickets, which are few.
pub(super) async fn technicians(
    conn: &mut PgConnection,
    category: CategoryId,
) -> Result<Vec<Technician>> {
    Ok(sqlx::query_as!(
        Technician,
        r#"with technicians as materialized (
            select u.id, u.username, u.first_name, u.last_name, u.email, u.is_admin
            from users u
            where not u.disabled and u.deleted_at is null
                and (u.is_admin
                    or exists (select from category_technicians ct where ct.user_id = u.id and ct.category_id = $1))
        ), assigned as (
            select t.assigned_to_user_id, count(*) as tickets
            from tickets t
            where t.status_id <> 3 and t.assigned_to_user_id in (select id from technicians)
            group by t.assigned_to_user_id
        )
        select u.id as "id: UserId", u.username, u.first_name, u.last_name, u.email, u.is_admin,
            coalesce(a.tickets, 0) as "tickets_assigned!"
        from technicians u
        left join assigned a on a.assigned_to_user_id = u.id
        order by u.id"#,
        category.0,
    )
    .fetch_all(conn)
    .await?)
}

/// Make the user a technician of the category. Returns whether he was none.
pub(super) async fn insert_technician(
    conn: &mut PgConnection,
    user: UserId,
    category: CategoryId,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into category_technicians (category_id, user_id) values ($1, $2) on conflict do nothing",
        category.0,
        user.0,
    )
    .execute(conn)
    .await
    .on_constraint("category_technicians_user_id_fkey", || Error::NotFound("user"))
    .on_constraint("category_technicians_category_id_fkey", || {
        Error::NotFound("category")
    })?;
    Ok(inserted.rows_affected() > 0)
}

/// Take the grant away. Returns whether there was one.
pub(super) async fn delete_technician(
    conn: &mut PgConnection,
    user: UserId,
    category: CategoryId,
) -> Result<bool> {
    let deleted = sqlx::query!(
        "delete from category_technicians where category_id = $1 and user_id = $2",
        category.0,
        user.0,
    )
    .execute(conn)
    .await?;
    Ok(deleted.rows_affected() > 0)
}
