//! Two accounts of one person become one.

use serde_json::json;
use sqlx::PgConnection;

use super::deletion::{bury, lock_to_bury, require_expendable};
use super::full_name;
use super::references;
use super::repo::StoredUser;
use crate::access::staff;
use crate::access::users::login_without_address;
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::outbox;
use crate::rules::naming::{self, Named};
use crate::tickets::handover;

/// Move everything of one user to another and leave a tombstone of the first. The second keeps his name, profile and
/// role; he gains technician grants, but never becomes an administrator or a manager by it. For administrators.
/// Errors: Invalid for the actor himself, and for the last administrator who may log in.
pub async fn merge(conn: &mut PgConnection, actor: &Actor, from: UserId, to: UserId) -> Result<()> {
    staff::require_admin(actor)?;
    if from == to {
        return Err(Error::invalid(
            "toUserId",
            "is the user who is to be merged into another one",
        ));
    }
    let users = lock_to_bury(conn, &[from, to]).await?;
    let find = |id| users.iter().find(|user| user.id == id);
    let (Some(source), Some(target)) = (find(from), find(to)) else {
        return Err(Error::NotFound("user"));
    };
    require_expendable(conn, actor, source, "fromUserId").await?;
    handover::lock_all(conn, from).await?;
    let text = format!(
        "merged the account of {} into that of {}",
        name(source),
        name(target)
    );
    let tickets = handover::hand_over(conn, actor, from, to, &text).await?;
    references::hand_over(conn, from, to).await?;
    naming::replace(conn, actor, Named::User(from), Named::User(to)).await?;
    let had = bury(conn, actor, from).await?;
    let entry = Entry {
        action: "user.merged",
        object_type: "user",
        object_id: from.0,
        before: Some(json!({
            "username": source.profile.username,
            "email": source.profile.email,
            "isAdmin": source.is_admin,
            "had": had,
        })),
        after: Some(json!({ "toUserId": to, "tickets": tickets.len() })),
    };
    audit::record(conn, actor, entry).await?;
    let payload = json!({ "fromUserId": from, "toUserId": to });
    outbox::record(conn, actor, "user.merged", None, payload).await
}

/// His name for a system comment, which customers read.
fn name(user: &StoredUser) -> String {
    let profile = &user.profile;
    let name = full_name(&profile.first_name, &profile.last_name, &profile.username);
    login_without_address(&name).to_owned()
}
