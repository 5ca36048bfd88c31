//! What the operator does to users from the command line.

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::UserId;

/// Make a user an administrator.
pub async fn make_administrator(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
) -> Result<()> {
    staff::require_admin(actor)?;
    sqlx::query!("update users set is_admin = true where id = $1", user.0)
        .execute(&mut *conn)
        .await?
        .expect_rows(1)?;
    audit::record(
        conn,
        actor,
        entry("user.made_administrator", user, json!({ "isAdmin": true })),
    )
    .await
}

/// Give a user a new password, by its hash. His tokens die with the old one.
pub async fn set_password(
    conn: &mut PgConnection,
    actor: &Actor,
    user: UserId,
    password_hash: &str,
) -> Result<()> {
    staff::require_admin(actor)?;
    sqlx::query!(
        "update users
         set password_hash = $2, last_password_change_at = $3, token_version = token_version + 1
         where id = $1",
        user.0,
        password_hash,
        actor.now(),
    )
    .execute(&mut *conn)
    .await?
    .expect_rows(1)?;
    audit::record(
        conn,
        actor,
        entry(
            "user.password_reset",
            user,
            json!({ "password": "changed" }),
        ),
    )
    .await
}

fn entry(action: &'static str, user: UserId, after: Value) -> Entry {
    Entry {
        action,
        object_type: "user",
        object_id: user.0,
        before: None,
        after: Some(after),
    }
}
