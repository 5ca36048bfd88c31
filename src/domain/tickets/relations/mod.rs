//! Tickets that belong together: links, sub-tickets, and merging two into one.
//!
//! Whoever changes how tickets belong together holds rows of several of them. All of these changes take turns, one
//! transaction at a time (`repo::turn`), and lock their rows by ascending id: so none waits for another in a
//! circle, and what one has read of the relations stays true until it commits.

pub mod hierarchy;
pub mod links;
pub mod merge;
mod repo;

use serde_json::json;
use sqlx::PgConnection;

use crate::access::tickets::{Action, require};
use crate::actor::Actor;
use crate::error::Result;
use crate::ids::TicketId;
use crate::outbox;

use super::{TicketCore, fetch_for, history, touch};

/// Of which of two tickets the actor must be staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StaffOf {
    First,
    Both,
}

/// The two tickets of a call. Both must be seen before anything is said about rights.
async fn pair(
    conn: &mut PgConnection,
    actor: &Actor,
    ids: [TicketId; 2],
    of: StaffOf,
) -> Result<[TicketCore; 2]> {
    let [first, second] = ids;
    let first = fetch_for(conn, actor, first, Action::View).await?;
    let second = fetch_for(conn, actor, second, Action::View).await?;
    require(actor, Action::Staff, &first.facts)?;
    if of == StaffOf::Both {
        require(actor, Action::Staff, &second.facts)?;
    }
    Ok([first, second])
}

/// [`pair`], after waiting for the turn and with the rows locked. Whoever may not do it is refused before, so that he
/// keeps nobody waiting.
async fn locked_pair(
    conn: &mut PgConnection,
    actor: &Actor,
    ids: [TicketId; 2],
    of: StaffOf,
) -> Result<[TicketCore; 2]> {
    pair(conn, actor, ids, of).await?;
    repo::turn(conn).await?;
    repo::lock(conn, &ids).await?;
    pair(conn, actor, ids, of).await
}

/// Lock a ticket and all that a deletion changes: its sub-tickets lose their parent.
pub(super) async fn lock_for_deletion(conn: &mut PgConnection, ticket: TicketId) -> Result<()> {
    repo::turn(conn).await?;
    let mut ids = repo::related(conn, ticket).await?;
    ids.push(ticket);
    repo::lock(conn, &ids).await
}

/// Leave the traces of a change on one of its tickets. `text` names the other one by its number only: who reads this
/// ticket may not see that one.
async fn trace(
    conn: &mut PgConnection,
    actor: &Actor,
    event: &str,
    ticket: TicketId,
    other: TicketId,
    text: &str,
) -> Result<()> {
    touch(conn, actor, ticket).await?;
    history::record(conn, actor, ticket, text).await?;
    let payload = json!({ "relatedTicketId": other });
    outbox::record(conn, actor, event, Some(ticket), payload).await
}
