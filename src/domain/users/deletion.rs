//! The end of a user. His row stays as a tombstone: it stands behind his tickets and comments, bears nothing of him
//! but his company and department (which decide who else sees his tickets), and frees his name and address.

use serde_json::{Value, json};
use sqlx::PgConnection;

use super::references;
use super::repo::{self, StoredUser};
use crate::access::staff;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::db;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::outbox;
use crate::tickets::handover;

/// Delete a user. His tickets, comments and files stay under the name of the tombstone, tickets assigned to him are
/// nobody's. For administrators. Errors: Invalid for himself, and for the last administrator who may log in.
pub async fn delete(conn: &mut PgConnection, actor: &Actor, id: UserId) -> Result<()> {
    staff::require_admin(actor)?;
    let user = lock_to_bury(conn, &[id])
        .await?
        .pop()
        .ok_or(Error::NotFound("user"))?;
    require_expendable(conn, actor, &user, "userId").await?;
    handover::lock_all(conn, id).await?;
    let unassigned =
        handover::unassign_all(conn, actor, id, "removed the assignee, who was deleted").await?;
    let removed = bury(conn, actor, id).await?;
    let entry = Entry {
        action: "user.deleted",
        object_type: "user",
        object_id: id.0,
        before: Some(json!({
            "username": user.profile.username,
            "email": user.profile.email,
            "isAdmin": user.is_admin,
            "had": removed,
            "assignedTickets": unassigned.len(),
        })),
        after: None,
    };
    audit::record(conn, actor, entry).await?;
    outbox::record(conn, actor, "user.deleted", None, json!({ "userId": id })).await
}

/// The users of these ids, locked together with all that decides whether they may go, by id.
pub(super) async fn lock_to_bury(
    conn: &mut PgConnection,
    ids: &[UserId],
) -> Result<Vec<StoredUser>> {
    db::allow_a_minute(conn).await?;
    // Always in this order: names, administrators, users by id, then their tickets by id.
    repo::lock_names(conn).await?;
    repo::lock_administrators(conn).await?;
    repo::lock(conn, ids).await
}

/// Refuse the end of the actor himself, and that of the last administrator who may log in.
pub(super) async fn require_expendable(
    conn: &mut PgConnection,
    actor: &Actor,
    user: &StoredUser,
    parameter: &'static str,
) -> Result<()> {
    if user.id == actor.user_id {
        return Err(Error::invalid(
            parameter,
            "is yourself: another administrator has to do that",
        ));
    }
    if user.is_admin && !user.profile.disabled {
        repo::require_other_administrator(conn, user.id, parameter).await?;
    }
    Ok(())
}

/// Take away all that made him somebody and leave the tombstone. Returns what was taken that the audit log keeps.
pub(super) async fn bury(conn: &mut PgConnection, actor: &Actor, id: UserId) -> Result<Value> {
    let removed = references::remove(conn, id).await?;
    let mut name = format!("deleted-{id}");
    // Somebody may have chosen that name for himself.
    for another in 2.. {
        if !repo::is_taken(conn, &name, Some(id)).await? {
            break;
        }
        name = format!("deleted-{id}-{another}");
    }
    repo::entomb(conn, id, &name, actor.now()).await?;
    Ok(removed)
}
