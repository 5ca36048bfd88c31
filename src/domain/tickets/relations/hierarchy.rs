//! Sub-tickets. A ticket has at most one parent, and is never part of itself, however many steps away.

use sqlx::PgConnection;

use crate::access::tickets::{Action, visible};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::TicketId;

use super::super::fetch_for;
use super::super::list::{self, TicketRow};
use super::{StaffOf, locked_pair, repo, trace};

/// "Make one ticket a subticket of another." One that has another parent moves; nothing happens if it is there.
pub async fn add_sub_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    parent: TicketId,
    child: TicketId,
) -> Result<()> {
    if parent == child {
        return Err(Error::invalid(
            "childId",
            "is the same ticket as \"parentId\"",
        ));
    }
    locked_pair(conn, actor, [parent, child], StaffOf::Both).await?;
    let before = repo::parent(conn, child).await?;
    if before == Some(parent) {
        return Ok(());
    }
    // The turn is ours: nobody closes the circle from its other side.
    if repo::is_above(conn, child, parent).await? {
        return Err(Error::invalid(
            "childId",
            "is above \"parentId\": no ticket can be part of itself",
        ));
    }
    repo::set_parent(conn, child, Some(parent)).await?;
    let text = format!("made the ticket a sub-ticket of #{parent}");
    trace(conn, actor, "ticket.parent_set", child, parent, &text).await?;
    let text = format!("added the sub-ticket #{child}");
    trace(conn, actor, "ticket.child_added", parent, child, &text).await?;
    if let Some(before) = before {
        let text = format!("moved the sub-ticket #{child} to #{parent}");
        trace(conn, actor, "ticket.child_removed", before, child, &text).await?;
    }
    Ok(())
}

/// "Remove subticket." Nothing happens if it has no parent.
pub async fn remove_sub_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    child: TicketId,
) -> Result<()> {
    fetch_for(conn, actor, child, Action::Staff).await?;
    repo::turn(conn).await?;
    repo::lock(conn, &[child]).await?;
    fetch_for(conn, actor, child, Action::Staff).await?;
    let Some(parent) = repo::parent(conn, child).await? else {
        return Ok(());
    };
    repo::set_parent(conn, child, None).await?;
    let text = format!("took the ticket out of #{parent}");
    trace(conn, actor, "ticket.parent_removed", child, parent, &text).await?;
    let text = format!("removed the sub-ticket #{child}");
    trace(conn, actor, "ticket.child_removed", parent, child, &text).await
}

/// Those of the ticket's sub-tickets, "first level deep", that the actor sees, newest first.
pub async fn sub_tickets(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Vec<TicketRow>> {
    fetch_for(conn, actor, id, Action::View).await?;
    let children = repo::children(conn, id).await?;
    let seen = repo::visible_among(conn, &children, &visible(actor)).await?;
    list::rows_of(conn, &seen).await
}

/// The parent of a ticket the actor sees; `None` as well when he does not see the parent.
pub async fn parent_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Option<TicketId>> {
    fetch_for(conn, actor, id, Action::View).await?;
    let Some(parent) = repo::parent(conn, id).await? else {
        return Ok(None);
    };
    match fetch_for(conn, actor, parent, Action::View).await {
        Ok(parent) => Ok(Some(parent.id)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
