//! `TimeSpentLog`.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::{StatusId, TicketId, UserId};
use crate::domain::tickets::time_log::{self, TimeSpent};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::{IsoDate, Json};

/// Parameters of *`TimeSpentLog`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TimeSpentLog {
    /// The ticket's number.
    #[serde(alias = "id")]
    ticket_id: TicketId,
}

/// *`TimeSpentLog`*: who spent how much time on a ticket. Seen in use; not in the document.
#[tracing::instrument(name = "api.TimeSpentLog", skip_all, fields(ticket.id = %of.ticket_id))]
pub async fn time_spent_log(
    State(app): State<AppState>,
    actor: Actor,
    Params(of): Params<TimeSpentLog>,
) -> Result<Json<Vec<TimeSpentInfo>>> {
    let mut conn = app.db.read().await?;
    let log = time_log::of_ticket(&mut conn, &actor, of.ticket_id).await?;
    Ok(Json(log.into_iter().map(Into::into).collect()))
}

/// An item of *`TimeSpentLog`*. Only staff reads it: nothing of a name is cut.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct TimeSpentInfo {
    date: IsoDate,
    #[serde(rename = "StatusID")]
    status_id: StatusId,
    time_spent_in_seconds: i32,
    #[serde(rename = "UserID")]
    user_id: UserId,
    user_name: String,
}

impl From<TimeSpent> for TimeSpentInfo {
    fn from(spent: TimeSpent) -> Self {
        Self {
            date: spent.at.into(),
            status_id: spent.status_id,
            time_spent_in_seconds: spent.seconds,
            user_id: spent.user_id,
            user_name: spent.username,
        }
    }
}
