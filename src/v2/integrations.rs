//! Where a ticket is worked on elsewhere. For staff of the ticket.

use sqlx::PgConnection;

use crate::app::AppState;
use crate::domain::ids::TicketId;
use crate::domain::tickets::integrations::{self, Integrations};
use crate::domain::{self, Actor, Error};

use super::problem::Result;
use super::query::Id;
use super::single::Single;

/// `/api/v2/tickets/{id}/integrations`
pub(super) struct OfTicket;

impl Single for OfTicket {
    type At = Id;
    type View = Integrations;
    type Draft = Integrations;

    fn draft(view: &Integrations) -> Integrations {
        view.clone()
    }

    async fn find(
        _: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Id(id): Id,
    ) -> domain::Result<Integrations> {
        integrations::of_ticket(conn, actor, TicketId(id)).await
    }

    async fn update<E: From<Error> + Send>(
        _: &AppState,
        conn: &mut PgConnection,
        actor: &Actor,
        Id(id): Id,
        change: impl FnOnce(&Integrations) -> Result<Integrations, E> + Send,
    ) -> Result<Integrations, E> {
        integrations::update(conn, actor, TicketId(id), change).await
    }
}
