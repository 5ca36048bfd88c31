//! SQL of rules.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::{Definition, Rule};
use crate::db::ExpectRows;
use crate::error::Result;
use crate::ids::RuleId;

/// One rule.
pub(super) async fn find(conn: &mut PgConnection, id: RuleId) -> Result<Option<Rule>> {
    let row = sqlx::query!(
        r#"select name, enabled, definition as "definition: Json<Definition>" from rules where id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Rule {
        id,
        name: row.name,
        enabled: row.enabled,
        definition: row.definition.0,
    }))
}

/// Whether the rule is enabled, which stays so until the transaction ends. `None` when there is none.
pub(super) async fn lock(conn: &mut PgConnection, id: RuleId) -> Result<Option<bool>> {
    Ok(
        sqlx::query_scalar!("select enabled from rules where id = $1 for update", id.0)
            .fetch_optional(conn)
            .await?,
    )
}

/// Enable or disable a rule.
pub(super) async fn set_enabled(
    conn: &mut PgConnection,
    id: RuleId,
    enabled: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update rules set enabled = $2, updated_at = $3 where id = $1",
        id.0,
        enabled,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}
