//! `MergeTickets`, `LinkTickets`, `UnlinkTickets`, `AddSubTicket`, `RemoveSubTicket`, `LinkedTickets`, `SubTickets`,
//! `ParentTicket`, `TicketIntegrationData`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::TicketId;
use crate::domain::tickets::integrations;
use crate::domain::tickets::relations::{hierarchy, links, merge};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::{Done, Either, Json, Text};

use super::dto::TicketInfo;
use super::dto_relations::{IntegrationData, LinkedTicket, SubTicket};
use super::ticket::full;

/// Parameters of *`MergeTickets`*, *`LinkTickets`* and *`UnlinkTickets`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TwoTickets {
    /// The number of the ticket that stays.
    id: TicketId,
    /// The number of the other ticket.
    id2: TicketId,
}

/// *`MergeTickets`*: "Merge two tickets together. This action is irreversible." Everything of `id2` moves to `id`.
#[tracing::instrument(name = "api.MergeTickets", skip_all, fields(ticket.id = %of.id, merged.id = %of.id2))]
pub async fn merge_tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<TwoTickets>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    merge::merge(&mut tx, &actor, of.id, of.id2).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *`LinkTickets`*: "Link two tickets together as related."
#[tracing::instrument(name = "api.LinkTickets", skip_all, fields(ticket.id = %of.id))]
pub async fn link_tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<TwoTickets>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    links::link(&mut tx, &actor, of.id, of.id2).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *`UnlinkTickets`*: "Unlink two tickets."
#[tracing::instrument(name = "api.UnlinkTickets", skip_all, fields(ticket.id = %of.id))]
pub async fn unlink_tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<TwoTickets>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    links::unlink(&mut tx, &actor, of.id, of.id2).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *`AddSubTicket`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddSubTicket {
    /// The number of the ticket above.
    parent_id: TicketId,
    /// The number of the ticket to be put below it.
    child_id: TicketId,
}

/// *`AddSubTicket`*: "Make one ticket a subticket of another."
#[tracing::instrument(name = "api.AddSubTicket", skip_all, fields(ticket.id = %params.child_id))]
pub async fn add_sub_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<AddSubTicket>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    hierarchy::add_sub_ticket(&mut tx, &actor, params.parent_id, params.child_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *`RemoveSubTicket`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RemoveSubTicket {
    /// The number of the ticket below.
    child_id: TicketId,
}

/// *`RemoveSubTicket`*: "Remove subticket."
#[tracing::instrument(name = "api.RemoveSubTicket", skip_all, fields(ticket.id = %params.child_id))]
pub async fn remove_sub_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<RemoveSubTicket>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    hierarchy::remove_sub_ticket(&mut tx, &actor, params.child_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *`LinkedTickets`*, *`SubTickets`* and *`TicketIntegrationData`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OfTicket {
    /// The ticket's number.
    id: TicketId,
}

/// *`LinkedTickets`*: "Returns linked tickets for a given ticket", of those the caller sees.
#[tracing::instrument(name = "api.LinkedTickets", skip_all, fields(ticket.id = %of.id))]
pub async fn linked_tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<OfTicket>,
) -> Result<Json<Vec<LinkedTicket>>> {
    let mut conn = app.db.read().await?;
    let rows = links::linked(&mut conn, &actor, of.id).await?;
    let shown = rows.into_iter().map(|row| LinkedTicket::of(row, &actor));
    Ok(Json(shown.collect()))
}

/// *`SubTickets`*: "Returns sub tickets for a given ticket (first level deep)", of those the caller sees.
#[tracing::instrument(name = "api.SubTickets", skip_all, fields(ticket.id = %of.id))]
pub async fn sub_tickets(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<OfTicket>,
) -> Result<Json<Vec<SubTicket>>> {
    let mut conn = app.db.read().await?;
    let rows = hierarchy::sub_tickets(&mut conn, &actor, of.id).await?;
    let shown = rows.into_iter().map(|row| SubTicket::of(row, &actor));
    Ok(Json(shown.collect()))
}

/// Parameters of *`ParentTicket`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ParentTicket {
    /// The ticket's number.
    id: TicketId,
    /// "If true, returns the full ticket JSON details."
    return_full_ticket: Option<bool>,
}

/// *`ParentTicket`*: "Returns the parent ticket ID (or zero if not parent ticket found)", "as response text (no JSON)".
/// A parent the caller does not see is none.
#[tracing::instrument(name = "api.ParentTicket", skip_all, fields(ticket.id = %of.id))]
pub async fn parent_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<ParentTicket>,
) -> Result<Either<Text, Json<TicketInfo>>> {
    let mut conn = app.db.read().await?;
    let parent = hierarchy::parent_ticket(&mut conn, &actor, of.id).await?;
    match parent {
        Some(parent) if of.return_full_ticket.unwrap_or(false) => {
            let ticket = full(&app, &mut conn, &actor, parent).await?;
            Ok(Either::Other(ticket))
        }
        parent => {
            let number = parent.unwrap_or(TicketId(0)).to_string();
            Ok(Either::One(Text(number)))
        }
    }
}

/// *`TicketIntegrationData`*: "Returns all ticket integration data - Jira, Github, etc."
#[tracing::instrument(name = "api.TicketIntegrationData", skip_all, fields(ticket.id = %of.id))]
pub async fn ticket_integration_data(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<OfTicket>,
) -> Result<Json<IntegrationData>> {
    let mut conn = app.db.read().await?;
    let data = integrations::of_ticket(&mut conn, &actor, of.id).await?;
    Ok(Json(data.into()))
}
