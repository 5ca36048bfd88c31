//! Everything outside the ticket that refers to a user: what moves to another one in a merge, and what ends with him.
//! A test compares this with the foreign keys of the schema.

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::error::Result;
use crate::ids::UserId;

/// Move what belongs to one user to another. What the other has already stays with the first, for [`remove`].
pub(super) async fn hand_over(conn: &mut PgConnection, from: UserId, to: UserId) -> Result<()> {
    hand_over_authorship(conn, from, to).await?;
    hand_over_memberships(conn, from, to).await
}

/// What he wrote, uploaded or did.
async fn hand_over_authorship(conn: &mut PgConnection, from: UserId, to: UserId) -> Result<()> {
    let (from, to) = (from.0, to.0);
    sqlx::query!(
        "update comments set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update comments
        set recipient_ids = array(select distinct id from unnest(array_replace(recipient_ids, $1, $2)) id order by id)
        where recipient_ids @> array[$1::integer]",
        from,
        to,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update attachments set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update time_spent_log set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update articles set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update asset_log set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "update outgoing_mail set user_id = $2 where user_id = $1",
        from,
        to
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What he subscribes to, may do and has, as far as the other one lacks it.
async fn hand_over_memberships(conn: &mut PgConnection, from: UserId, to: UserId) -> Result<()> {
    let (from, to) = (from.0, to.0);
    sqlx::query!(
        "insert into subscribers (ticket_id, user_id)
        select ticket_id, $2 from subscribers where user_id = $1
        on conflict do nothing",
        from,
        to,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into category_technicians (category_id, user_id)
        select category_id, $2 from category_technicians where user_id = $1
        on conflict do nothing",
        from,
        to,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into category_users (category_id, user_id)
        select category_id, $2 from category_users where user_id = $1
        on conflict do nothing",
        from,
        to,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into asset_users (asset_id, user_id)
        select asset_id, $2 from asset_users where user_id = $1
        on conflict do nothing",
        from,
        to,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "insert into user_field_values (user_id, field_id, value, option_id)
        select $2, field_id, value, option_id from user_field_values where user_id = $1
        on conflict do nothing",
        from,
        to,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// End what is only for living users: subscriptions, grants, assets, custom fields, tokens. What he wrote stays.
/// Returns what of it an administrator may want to give to somebody else.
pub(super) async fn remove(conn: &mut PgConnection, user: UserId) -> Result<Value> {
    sqlx::query!("delete from subscribers where user_id = $1", user.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from user_field_values where user_id = $1", user.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from api_tokens where user_id = $1", user.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from password_resets where user_id = $1", user.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("delete from idempotency_keys where user_id = $1", user.0)
        .execute(&mut *conn)
        .await?;
    let mut technician_of = sqlx::query_scalar!(
        "delete from category_technicians where user_id = $1 returning category_id",
        user.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut listed_in = sqlx::query_scalar!(
        "delete from category_users where user_id = $1 returning category_id",
        user.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut assets = sqlx::query_scalar!(
        "delete from asset_users where user_id = $1 returning asset_id",
        user.0,
    )
    .fetch_all(conn)
    .await?;
    for ids in [&mut technician_of, &mut listed_in, &mut assets] {
        ids.sort_unstable();
    }
    Ok(json!({ "technicianOf": technician_of, "listedInCategories": listed_in, "assets": assets }))
}
