//! Who did what, append-only: a trigger refuses changes. Secrets never go in here.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;
use crate::ids::UserId;

/// One entry of the audit log.
#[derive(Debug)]
pub struct Entry {
    /// A fixed word such as `user.created`.
    pub action: &'static str,
    /// What kind of object: `user`, `ticket`, `attachment`.
    pub object_type: &'static str,
    /// Which one.
    pub object_id: i32,
    /// How it was, where that matters.
    pub before: Option<Value>,
    /// How it is now, where that matters.
    pub after: Option<Value>,
}

/// Write an entry, in the transaction of the change itself.
pub async fn record(conn: &mut PgConnection, actor: &Actor, entry: Entry) -> Result<()> {
    sqlx::query!(
        "insert into audit_log (created_at, actor_user_id, ip_address, action, object_type, object_id, before, after)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        actor.now(),
        actor.user_id.0,
        actor.ip_address,
        entry.action,
        entry.object_type,
        entry.object_id,
        entry.before,
        entry.after,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is noticed rather than done: a login, the use of a token.
#[derive(Debug)]
pub struct Occurrence<'a> {
    /// A fixed word such as `login.failed`.
    pub action: &'static str,
    /// When.
    pub at: DateTime<Utc>,
    /// The client's address; empty when unknown.
    pub ip_address: &'a str,
    /// Who it was. None: nobody proved to be anybody.
    pub actor: Option<UserId>,
    /// What kind of object it is about.
    pub object_type: &'static str,
    /// Which one, if there is such a one.
    pub object_id: Option<i32>,
    /// What else is known of it.
    pub after: Option<Value>,
}

/// Write down what was noticed, in the transaction that keeps count of it.
pub async fn notice(conn: &mut PgConnection, occurrence: Occurrence<'_>) -> Result<()> {
    sqlx::query!(
        "insert into audit_log (created_at, actor_user_id, ip_address, action, object_type, object_id, after)
         values ($1, $2, nullif($3, ''), $4, $5, $6, $7)",
        occurrence.at,
        occurrence.actor.map(|user| user.0),
        occurrence.ip_address,
        occurrence.action,
        occurrence.object_type,
        occurrence.object_id,
        occurrence.after,
    )
    .execute(conn)
    .await?;
    Ok(())
}
