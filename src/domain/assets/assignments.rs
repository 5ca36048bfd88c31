//! Who has an asset, and on which tickets it is named.
//!
//! Rows are locked in one order everywhere: the ticket, the user, the asset.

use serde_json::json;
use sqlx::PgConnection;

use super::log::{Happening, record};
use super::repo;
use super::service::NO_ASSET;
use crate::access::staff::require_staff;
use crate::access::tickets::Action;
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{AssetId, TicketId, UserId};
use crate::outbox;
use crate::tickets::{self, history};

/// "Assign an asset to a user". For staff. Nothing happens if he has it.
pub async fn assign(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    user: UserId,
) -> Result<()> {
    let name = lock(conn, actor, asset, user).await?;
    if repo::assign(conn, asset, user).await? {
        let happening = Happening {
            event: "asset.assigned",
            entry: &format!("assigned the asset to {name}"),
            user: Some(user),
            before: None,
            after: Some(json!({ "userId": user })),
        };
        record(conn, actor, asset, happening).await?;
    }
    Ok(())
}

/// "Un-assign an asset from a user". For staff. Nothing happens if he does not have it.
pub async fn unassign(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    user: UserId,
) -> Result<()> {
    let name = lock(conn, actor, asset, user).await?;
    if repo::unassign(conn, asset, user).await? {
        let happening = Happening {
            event: "asset.unassigned",
            entry: &format!("took the asset from {name}"),
            user: Some(user),
            before: Some(json!({ "userId": user })),
            after: None,
        };
        record(conn, actor, asset, happening).await?;
    }
    Ok(())
}

/// Both rows locked; the user's full name.
async fn lock(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    user: UserId,
) -> Result<String> {
    require_staff(actor)?;
    let name = repo::hold_user(conn, user).await?;
    let name = name.ok_or(Error::NotFound("user"))?;
    repo::lock(conn, asset).await?.ok_or(NO_ASSET)?;
    Ok(name)
}

/// "Add an asset to 'assets involved' to a ticket". For the ticket's staff. Nothing happens if it is named there.
pub async fn add_to_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    ticket: TicketId,
) -> Result<()> {
    tickets::fetch_for_update(conn, actor, ticket, Action::Staff).await?;
    repo::lock(conn, asset).await?.ok_or(NO_ASSET)?;
    if repo::add_to_ticket(conn, asset, ticket).await? {
        let told = Told {
            event: "ticket.asset_added",
            to_ticket: format!("added asset {asset}"),
            to_asset: format!("added the asset to ticket {ticket}"),
        };
        tell(conn, actor, asset, ticket, told).await?;
    }
    Ok(())
}

/// "Removes a related asset from a ticket". For the ticket's staff. Nothing happens if it is not named there.
pub async fn remove_from_ticket(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    ticket: TicketId,
) -> Result<()> {
    tickets::fetch_for_update(conn, actor, ticket, Action::Staff).await?;
    repo::lock(conn, asset).await?.ok_or(NO_ASSET)?;
    if repo::remove_from_ticket(conn, asset, ticket).await? {
        let told = Told {
            event: "ticket.asset_removed",
            to_ticket: format!("removed asset {asset}"),
            to_asset: format!("removed the asset from ticket {ticket}"),
        };
        tell(conn, actor, asset, ticket, told).await?;
    }
    Ok(())
}

/// What the ticket, the asset and jobs are told.
struct Told {
    event: &'static str,
    /// Everybody who sees the ticket reads it, also those who do not see the asset: its number says nothing of it.
    to_ticket: String,
    to_asset: String,
}

async fn tell(
    conn: &mut PgConnection,
    actor: &Actor,
    asset: AssetId,
    ticket: TicketId,
    told: Told,
) -> Result<()> {
    history::record(conn, actor, ticket, &told.to_ticket).await?;
    repo::insert_log(conn, asset, actor.user_id, &told.to_asset, actor.now()).await?;
    let payload = json!({ "assetId": asset });
    outbox::record(conn, actor, told.event, Some(ticket), payload).await
}
