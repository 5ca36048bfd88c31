//! The first administrator. There is no default password and no page to set one up: whoever starts the server has him.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::Result;
use crate::ids::UserId;

/// The first administrator, his password hashed.
#[derive(Debug)]
pub struct FirstAdministrator<'a> {
    /// The name he logs in with.
    pub username: &'a str,
    /// His address; may be empty.
    pub email: &'a str,
    /// The hash of his password.
    pub password_hash: &'a str,
}

/// Whether nobody is there yet, and so nobody could ever log in.
pub async fn is_needed(conn: &mut PgConnection) -> Result<bool> {
    let anybody = sqlx::query_scalar!(
        r#"select exists (select from users where deleted_at is null) as "anybody!""#
    )
    .fetch_one(conn)
    .await?;
    Ok(!anybody)
}

/// Wait until no other server is at this, till the end of the transaction. Then ask [`is_needed`] again: of many
/// servers that start at once on an empty database, one makes the administrator.
pub async fn wait_for_turn(conn: &mut PgConnection) -> Result<()> {
    sqlx::query_scalar!(r#"select true as "turn!" from pg_advisory_xact_lock(hashtext('ferrodesk first administrator'))"#)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Make the first administrator.
pub async fn create(
    conn: &mut PgConnection,
    administrator: &FirstAdministrator<'_>,
    now: DateTime<Utc>,
) -> Result<UserId> {
    let id = sqlx::query_scalar!(
        "insert into users (username, email, password_hash, is_admin, last_password_change_at, created_at)
         values ($1, $2, $3, true, $4, $4)
         returning id",
        administrator.username,
        administrator.email,
        administrator.password_hash,
        now,
    )
    .fetch_one(&mut *conn)
    .await?;
    let entry = Entry {
        action: "user.created",
        object_type: "user",
        object_id: id,
        before: None,
        after: Some(json!({
            "username": administrator.username,
            "email": administrator.email,
            "isAdmin": true,
        })),
    };
    audit::record(conn, &Actor::console(now), entry).await?;
    Ok(UserId(id))
}
