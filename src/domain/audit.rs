//! Who did what, append-only: a trigger refuses changes. Secrets never go in here.

use serde_json::Value;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::Result;

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
