//! Rules of rules.

use serde_json::json;
use sqlx::PgConnection;

use super::{Rule, repo};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit;
use crate::error::{Error, Result};
use crate::ids::RuleId;

/// One rule. For administrators: it may hold addresses and secrets of other systems.
pub async fn find(conn: &mut PgConnection, actor: &Actor, id: RuleId) -> Result<Rule> {
    staff::require_admin(actor)?;
    repo::find(conn, id).await?.ok_or(NO_RULE)
}

/// Let a rule run, or keep it from running; nothing happens if that is so already. For administrators.
pub async fn set_enabled(
    conn: &mut PgConnection,
    actor: &Actor,
    id: RuleId,
    enabled: bool,
) -> Result<()> {
    staff::require_admin(actor)?;
    let before = repo::lock(conn, id).await?.ok_or(NO_RULE)?;
    if before == enabled {
        return Ok(());
    }
    repo::set_enabled(conn, id, enabled, actor.now()).await?;
    let entry = audit::Entry {
        action: if enabled {
            "rule.enabled"
        } else {
            "rule.disabled"
        },
        object_type: "rule",
        object_id: id.0,
        before: Some(json!({ "enabled": before })),
        after: Some(json!({ "enabled": enabled })),
    };
    audit::record(conn, actor, entry).await
}

/// Disable a rule that does too much, which is no administrator's decision: the audit log says why.
pub(crate) async fn stop(
    conn: &mut PgConnection,
    actor: &Actor,
    id: RuleId,
    reason: &str,
) -> Result<()> {
    if repo::lock(conn, id).await? != Some(true) {
        return Ok(());
    }
    repo::set_enabled(conn, id, false, actor.now()).await?;
    let entry = audit::Entry {
        action: "rule.stopped",
        object_type: "rule",
        object_id: id.0,
        before: Some(json!({ "enabled": true })),
        after: Some(json!({ "enabled": false, "reason": reason })),
    };
    audit::record(conn, actor, entry).await
}

const NO_RULE: Error = Error::NotFound("rule");
