//! SQL of rules.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use sqlx::types::Json;

use super::references::{RefKind, Reference};
use super::{Definition, Rule, RuleDraft};
use crate::administration::Stored;
use crate::custom_fields::Usage;
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result};
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

/// Be the only one who writes rules, or takes away what they refer to, until the transaction ends. Comes before the
/// lock of any one rule.
pub(super) async fn lock_all(conn: &mut PgConnection) -> Result<()> {
    sqlx::query_scalar!(
        r#"select true as "turn!" from pg_advisory_xact_lock(hashtext('ferrodesk rules'))"#
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Those with an id above `after`, by id, at most `limit`.
pub(super) async fn list(
    conn: &mut PgConnection,
    after: i32,
    limit: i64,
) -> Result<Vec<Stored<RuleDraft>>> {
    let rows = sqlx::query!(
        r#"select id, name, enabled, order_by, definition as "definition: Json<Definition>" from rules
        where id > $1 order by id limit $2"#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await?;
    let stored = rows.into_iter().map(|row| Stored {
        id: row.id,
        draft: draft(row.name, row.enabled, row.order_by, row.definition.0),
    });
    Ok(stored.collect())
}

/// What an administrator decided about a rule.
pub(super) async fn find_draft(conn: &mut PgConnection, id: RuleId) -> Result<Option<RuleDraft>> {
    let row = sqlx::query!(
        r#"select name, enabled, order_by, definition as "definition: Json<Definition>" from rules where id = $1"#,
        id.0,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| draft(row.name, row.enabled, row.order_by, row.definition.0)))
}

fn draft(name: String, enabled: bool, order: i32, definition: Definition) -> RuleDraft {
    RuleDraft {
        name,
        enabled,
        order,
        trigger: definition.trigger,
        conditions: definition.conditions,
        actions: definition.actions,
    }
}

/// A new rule.
pub(super) async fn insert(
    conn: &mut PgConnection,
    draft: &RuleDraft,
    now: DateTime<Utc>,
) -> Result<i32> {
    sqlx::query_scalar!(
        "insert into rules (name, enabled, order_by, definition, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $5)
        returning id",
        draft.name,
        draft.enabled,
        draft.order,
        Json(draft.definition()) as _,
        now,
    )
    .fetch_one(conn)
    .await
    .on_constraint("rules_name_key", name_is_taken)
}

/// Write a rule anew.
pub(super) async fn update(
    conn: &mut PgConnection,
    id: RuleId,
    draft: &RuleDraft,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update rules set name = $2, enabled = $3, order_by = $4, definition = $5, updated_at = $6 where id = $1",
        id.0,
        draft.name,
        draft.enabled,
        draft.order,
        Json(draft.definition()) as _,
        now,
    )
    .execute(conn)
    .await
    .on_constraint("rules_name_key", name_is_taken)?
    .expect_rows(1)
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another rule")
}

/// Delete a rule.
pub(super) async fn delete(conn: &mut PgConnection, id: RuleId) -> Result<()> {
    sqlx::query!("delete from rules where id = $1", id.0)
        .execute(conn)
        .await?
        .expect_rows(1)
}

/// What every rule does, by id.
pub(super) async fn definitions(conn: &mut PgConnection) -> Result<Vec<(RuleId, Definition)>> {
    let rows = sqlx::query!(
        r#"select id as "id: RuleId", definition as "definition: Json<Definition>" from rules order by id"#
    )
    .fetch_all(conn)
    .await?;
    let rules = rows.into_iter().map(|row| (row.id, row.definition.0));
    Ok(rules.collect())
}

/// What every rule does, by id, as it is stored.
pub(super) async fn stored_definitions(conn: &mut PgConnection) -> Result<Vec<(RuleId, Value)>> {
    let rows = sqlx::query!(r#"select id as "id: RuleId", definition from rules order by id"#)
        .fetch_all(conn)
        .await?;
    let rules = rows.into_iter().map(|row| (row.id, row.definition));
    Ok(rules.collect())
}

/// Let a rule do this.
pub(super) async fn set_definition(
    conn: &mut PgConnection,
    id: RuleId,
    definition: &Value,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update rules set definition = $2, updated_at = $3 where id = $1",
        id.0,
        definition,
        now,
    )
    .execute(conn)
    .await?
    .expect_rows(1)
}

/// Those of the references that refer to nothing.
pub(super) async fn missing(
    conn: &mut PgConnection,
    references: &[&Reference],
) -> Result<Vec<(RefKind, i32)>> {
    let mut missing = vec![];
    for kind in RefKind::ALL {
        let of_kind = references.iter().filter(|reference| reference.kind == kind);
        let ids: Vec<i32> = of_kind.map(|reference| reference.id).collect();
        if !ids.is_empty() {
            let there = existing(conn, kind, &ids).await?;
            let gone = ids.into_iter().filter(|id| !there.contains(id));
            missing.extend(gone.map(|id| (kind, id)));
        }
    }
    Ok(missing)
}

/// Those of the ids that there are.
async fn existing(conn: &mut PgConnection, kind: RefKind, ids: &[i32]) -> Result<Vec<i32>> {
    let found = match kind {
        RefKind::Category => {
            sqlx::query_scalar!("select id from categories where id = any ($1)", ids)
                .fetch_all(conn)
                .await
        }
        RefKind::User => {
            sqlx::query_scalar!(
                "select id from users where id = any ($1) and deleted_at is null",
                ids,
            )
            .fetch_all(conn)
            .await
        }
        RefKind::Status => {
            sqlx::query_scalar!("select id from statuses where id = any ($1)", ids)
                .fetch_all(conn)
                .await
        }
        RefKind::Field => {
            sqlx::query_scalar!(
                "select id from custom_fields where id = any ($1) and usage = $2",
                ids,
                Usage::Tickets.number(),
            )
            .fetch_all(conn)
            .await
        }
        RefKind::Company => {
            sqlx::query_scalar!("select id from companies where id = any ($1)", ids)
                .fetch_all(conn)
                .await
        }
        RefKind::Department => {
            sqlx::query_scalar!("select id from departments where id = any ($1)", ids)
                .fetch_all(conn)
                .await
        }
        RefKind::Rule => {
            sqlx::query_scalar!("select id from rules where id = any ($1)", ids)
                .fetch_all(conn)
                .await
        }
    };
    Ok(found?)
}
