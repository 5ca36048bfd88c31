//! Merging two tickets into one. The second one ceases to be, and nothing that hung on it does.

use serde_json::json;
use sqlx::PgConnection;

use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::html;
use crate::ids::{CommentId, TicketId};
use crate::{audit, outbox, subscribers};

use super::super::{TicketCore, history, repo as tickets, search};
use super::{StaffOf, pair, repo};

/// "Merge two tickets together. This action is irreversible": everything of `id2` moves to `id`, the primary ticket,
/// and `id2` is deleted.
pub async fn merge(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    id2: TicketId,
) -> Result<()> {
    if id == id2 {
        return Err(Error::invalid("id2", "is the same ticket as \"id\""));
    }
    // Once before the turn, so that whoever may not do it keeps nobody waiting.
    pair(conn, actor, [id, id2], StaffOf::Both).await?;
    repo::turn(conn).await?;
    let mut related = repo::related(conn, id2).await?;
    related.retain(|ticket| *ticket != id);
    let all: Vec<TicketId> = related.iter().copied().chain([id, id2]).collect();
    repo::lock(conn, &all).await?;
    let [primary, merged] = pair(conn, actor, [id, id2], StaffOf::Both).await?;

    let opening = move_what_was_said(conn, &primary, &merged).await?;
    repo::move_what_hangs_on(conn, id2, id).await?;
    inherit_family(conn, id, id2).await?;
    repo::add_time(conn, id, merged.time_spent_seconds).await?;
    tickets::touch(conn, id, actor.user_id, actor.now()).await?;
    let left = repo::left_behind(conn, id2).await?;
    tickets::delete(conn, id2).await?;
    search::rebuild(conn, id).await?;

    history::record(conn, actor, id, &format!("merged #{id2} into this ticket")).await?;
    let text = format!("merged #{id2}, which belonged to this ticket, into #{id}");
    history::record_on_all(conn, actor, &related, &text).await?;
    audit::record(conn, actor, entry(&primary, &merged, &left)).await?;
    let payload =
        json!({ "mergedTicketId": id2, "commentId": opening, "relatedTicketIds": related });
    outbox::record(conn, actor, "ticket.merged", Some(id), payload).await
}

/// Comments, files and time. The merged ticket's subject and body become a comment by its submitter at the time he
/// opened it, with the files he sent along.
async fn move_what_was_said(
    conn: &mut PgConnection,
    primary: &TicketCore,
    merged: &TicketCore,
) -> Result<CommentId> {
    let body = format!(
        "<p><b>#{} {}</b></p>{}",
        merged.id,
        html::escape(&merged.subject),
        tickets::body(conn, merged.id).await?
    );
    let opening = repo::insert_opening(conn, primary.id, merged, &body).await?;
    repo::move_said(conn, merged.id, primary.id, opening).await?;
    if merged.user_id != primary.user_id {
        // As the owner he needed no subscription to see what he wrote.
        subscribers::add(conn, primary.id, merged.user_id).await?;
    }
    Ok(opening)
}

/// The primary ticket takes over the sub-tickets, and the parent if it has none. Where the merged one is above it,
/// it takes its place: otherwise what lies between them would be above and below it.
async fn inherit_family(
    conn: &mut PgConnection,
    primary: TicketId,
    merged: TicketId,
) -> Result<()> {
    let place = repo::parent(conn, merged).await?;
    if repo::is_above(conn, merged, primary).await? {
        repo::set_parent(conn, primary, place).await?;
    } else if let Some(parent) = place
        && parent != primary
        && repo::parent(conn, primary).await?.is_none()
        && !repo::is_above(conn, primary, parent).await?
    {
        repo::set_parent(conn, primary, place).await?;
    }
    repo::adopt(conn, merged, primary).await
}

/// What an administrator must be able to look up: the columns that a ticket has only once, and what the primary
/// ticket had of its own.
fn entry(primary: &TicketCore, merged: &TicketCore, left: &repo::LeftBehind) -> audit::Entry {
    audit::Entry {
        action: "ticket.merged",
        object_type: "ticket",
        object_id: merged.id.0,
        before: Some(json!({
            "subject": merged.subject,
            "userId": merged.user_id,
            "categoryId": merged.category_id,
            "statusId": merged.status_id,
            "priority": merged.priority,
            "assignedToUserId": merged.assigned_to_user_id,
            "createdAt": merged.created_at,
            "dueDate": merged.due_date,
            "startDate": merged.start_date,
            "resolvedDate": merged.resolved_date,
            "timeSpentInSeconds": merged.time_spent_seconds,
            "parentTicketId": left.parent,
            "customFields": left.fields,
            "integrations": left.integrations,
        })),
        after: Some(json!({ "mergedIntoTicketId": primary.id })),
    }
}
