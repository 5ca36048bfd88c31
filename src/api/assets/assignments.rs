//! `AssignAssetToUser`, `UnAssignAssetToUser`, `AddAssetToTicket`, `RemoveAssetFromTicket`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::ids::{AssetId, TicketId, UserId};
use crate::domain::{Actor, assets};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Done;

/// Parameters of *`AssignAssetToUser`* and *`UnAssignAssetToUser`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssetAndUser {
    /// The asset's number.
    asset_id: AssetId,
    /// The user's number.
    user_id: UserId,
}

/// *`AssignAssetToUser`*: "assign an asset to a user".
#[tracing::instrument(name = "api.AssignAssetToUser", skip_all, fields(asset.id = %params.asset_id))]
pub async fn assign_asset_to_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AssetAndUser>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::assign(&mut tx, &actor, params.asset_id, params.user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *`UnAssignAssetToUser`*: "un-assign an asset from a user".
#[tracing::instrument(name = "api.UnAssignAssetToUser", skip_all, fields(asset.id = %params.asset_id))]
pub async fn un_assign_asset_to_user(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AssetAndUser>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::unassign(&mut tx, &actor, params.asset_id, params.user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *`AddAssetToTicket`* and *`RemoveAssetFromTicket`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AssetAndTicket {
    /// The asset's number.
    asset_id: AssetId,
    /// The ticket's number.
    // `ticketID` in messages, as the document spells it here.
    #[serde(rename = "ticket_i_d")]
    ticket_id: TicketId,
}

/// *`AddAssetToTicket`*: "add an asset to 'assets involved' to a ticket".
#[tracing::instrument(name = "api.AddAssetToTicket", skip_all, fields(asset.id = %params.asset_id, ticket.id = %params.ticket_id))]
pub async fn add_asset_to_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AssetAndTicket>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::add_to_ticket(&mut tx, &actor, params.asset_id, params.ticket_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *`RemoveAssetFromTicket`*: "removes a related asset from a ticket".
#[tracing::instrument(name = "api.RemoveAssetFromTicket", skip_all, fields(asset.id = %params.asset_id, ticket.id = %params.ticket_id))]
pub async fn remove_asset_from_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AssetAndTicket>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    assets::remove_from_ticket(&mut tx, &actor, params.asset_id, params.ticket_id).await?;
    tx.commit().await?;
    Ok(Done)
}
