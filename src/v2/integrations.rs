//! Where a ticket is worked on elsewhere. For staff of the ticket.

use axum::extract::State;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::TicketId;
use crate::domain::tickets::integrations::{self, Integrations};

use super::body::{Body, Changed};
use super::etag::{IfMatch, IfNoneMatch};
use super::problem::{Problem, Result};
use super::query::Id;
use super::reply::Object;

/// `GET /api/v2/tickets/{id}/integrations`
pub(super) async fn get(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfNoneMatch,
) -> Result<Object<Integrations>> {
    let mut conn = app.db.read().await?;
    let links = integrations::of_ticket(&mut conn, &actor, TicketId(id)).await?;
    Ok(Object::new(&links, &links)?.unless(&known))
}

/// `PUT /api/v2/tickets/{id}/integrations`
pub(super) async fn replace(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    body: Body<Integrations>,
) -> Result<Object<Integrations>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &Integrations| known.require(before).map(|()| body.value);
    let links = integrations::update::<Problem>(&mut tx, &actor, TicketId(id), change).await?;
    tx.commit().await?;
    Object::new(&links, &links)
}

/// `PATCH /api/v2/tickets/{id}/integrations`
pub(super) async fn change(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
    known: IfMatch,
    changes: Changed<Integrations>,
) -> Result<Object<Integrations>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &Integrations| {
        known.require(before)?;
        changes.over(before)
    };
    let links = integrations::update::<Problem>(&mut tx, &actor, TicketId(id), change).await?;
    tx.commit().await?;
    Object::new(&links, &links)
}
