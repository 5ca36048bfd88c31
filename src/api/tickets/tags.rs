//! `TagTicket`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::ids::TicketId;
use crate::domain::{Actor, tags};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Done;

/// Parameters of *Tag ticket*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TagTicket {
    /// The tag, new or not; several are separated by commas.
    name: String,
    /// The ticket's number.
    #[serde(alias = "id")]
    ticket_id: TicketId,
}

/// *Tag ticket*: "adds a tag to a ticket".
#[tracing::instrument(name = "api.TagTicket", skip_all, fields(ticket.id = %params.ticket_id))]
pub async fn tag_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TagTicket>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    tags::tag_ticket(&mut tx, &actor, params.ticket_id, &params.name).await?;
    tx.commit().await?;
    Ok(Done)
}
