//! SQL of applying files.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::domain::Result;
use crate::domain::db::allow_a_minute;

/// Where groups of technicians lie among the settings: name and numbers of users, who may be called otherwise tomorrow.
const GROUPS: &str = "technician_groups";

/// Wait until nobody else applies a file, and bear with a server that is at work on the same rows.
pub(super) async fn take_turn(conn: &mut PgConnection) -> Result<()> {
    sqlx::query!("set local lock_timeout = '30s'")
        .execute(&mut *conn)
        .await?;
    allow_a_minute(conn).await?;
    sqlx::query_scalar!(
        r#"select true as "turn!" from pg_advisory_xact_lock(hashtext('ferrodesk apply'))"#
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Groups of technicians.
pub(super) async fn groups(conn: &mut PgConnection) -> Result<BTreeMap<String, BTreeSet<i32>>> {
    let stored = sqlx::query_scalar!(
        r#"select value as "value: Json<BTreeMap<String, BTreeSet<i32>>>" from settings where name = $1"#,
        GROUPS,
    )
    .fetch_optional(conn)
    .await?;
    Ok(stored.map(|stored| stored.0).unwrap_or_default())
}

/// Let these be the groups of technicians.
pub(super) async fn set_groups(
    conn: &mut PgConnection,
    groups: &BTreeMap<String, BTreeSet<i32>>,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into settings (name, value, updated_at) values ($1, $2, $3)
         on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at",
        GROUPS,
        Json(groups) as _,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
