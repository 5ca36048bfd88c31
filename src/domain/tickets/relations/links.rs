//! "Related" tickets. A link has no direction.

use sqlx::PgConnection;

use crate::access::tickets::{Action, visible};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::TicketId;

use super::super::fetch_for;
use super::super::list::{self, TicketRow};
use super::{StaffOf, locked_pair, repo, trace};

/// "Link two tickets together as related." Nothing happens if they are linked.
pub async fn link(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    id2: TicketId,
) -> Result<()> {
    require_two(id, id2)?;
    locked_pair(conn, actor, [id, id2], StaffOf::First).await?;
    if !repo::insert_link(conn, id, id2).await? {
        return Ok(());
    }
    for (ticket, other) in [(id, id2), (id2, id)] {
        let text = format!("linked the ticket to #{other}");
        trace(conn, actor, "ticket.linked", ticket, other, &text).await?;
    }
    Ok(())
}

/// "Unlink two tickets." Nothing happens if they are not linked.
pub async fn unlink(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
    id2: TicketId,
) -> Result<()> {
    require_two(id, id2)?;
    locked_pair(conn, actor, [id, id2], StaffOf::First).await?;
    if !repo::delete_link(conn, id, id2).await? {
        return Ok(());
    }
    for (ticket, other) in [(id, id2), (id2, id)] {
        let text = format!("unlinked the ticket from #{other}");
        trace(conn, actor, "ticket.unlinked", ticket, other, &text).await?;
    }
    Ok(())
}

/// Those of the tickets linked to this one that the actor sees, newest first.
pub async fn linked(
    conn: &mut PgConnection,
    actor: &Actor,
    id: TicketId,
) -> Result<Vec<TicketRow>> {
    fetch_for(conn, actor, id, Action::View).await?;
    let linked = repo::linked(conn, id).await?;
    let seen = repo::visible_among(conn, &linked, &visible(actor)).await?;
    list::rows_of(conn, &seen).await
}

fn require_two(id: TicketId, id2: TicketId) -> Result<()> {
    if id == id2 {
        return Err(Error::invalid("id2", "is the same ticket as \"id\""));
    }
    Ok(())
}
