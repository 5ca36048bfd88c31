//! The audit log, read. What is written into it: [`crate::audit`].

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::error::Result;

/// One row.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// Its number: later rows have higher ones.
    pub id: i64,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// Who did it; 0: the operator at the machine; null: nobody who was known.
    #[schema(required = true)]
    pub actor_user_id: Option<i32>,
    /// The name of that user, as it is today.
    #[schema(required = true)]
    pub actor_username: Option<String>,
    /// From where.
    #[schema(required = true)]
    pub ip_address: Option<String>,
    /// What was done: `category.updated`.
    pub action: String,
    /// To what kind of object.
    pub object_type: String,
    /// To which one.
    #[schema(required = true)]
    pub object_id: Option<i32>,
    /// How it was, where that matters.
    #[schema(required = true, value_type = Option<std::collections::BTreeMap<String, Value>>)]
    pub before: Option<Value>,
    /// How it was then, where that matters.
    #[schema(required = true, value_type = Option<std::collections::BTreeMap<String, Value>>)]
    pub after: Option<Value>,
}

/// Which rows; of what is not said, all.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this action, or of all that begin with it when it ends with a dot.
    pub action: Option<String>,
    /// About this kind of object.
    pub object_type: Option<String>,
    /// About the object of this number.
    pub object_id: Option<i32>,
    /// By this user.
    pub actor_user_id: Option<i32>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Rows of the audit log, the newest first, with a number below `before`. For administrators.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    which: &Which,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>> {
    staff::require_admin(actor)?;
    Ok(sqlx::query_as!(
        AuditRow,
        r#"select a.id, a.created_at, a.actor_user_id, u.username as "actor_username?", a.ip_address, a.action,
            a.object_type, a.object_id, a.before, a.after
        from audit_log a
        left join users u on u.id = a.actor_user_id
        where ($1::text is null or a.action = $1 or ($1 like '%.' and starts_with(a.action, $1)))
            and ($2::text is null or a.object_type = $2)
            and ($3::integer is null or a.object_id = $3)
            and ($4::integer is null or a.actor_user_id = $4)
            and ($5::timestamptz is null or a.created_at >= $5)
            and ($6::timestamptz is null or a.created_at < $6)
            and ($7::bigint is null or a.id < $7)
        order by a.id desc
        limit $8"#,
        which.action,
        which.object_type,
        which.object_id,
        which.actor_user_id,
        which.from,
        which.until,
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
