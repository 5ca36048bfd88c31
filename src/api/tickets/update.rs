//! `UpdateTicket`, Close.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::html::Body;
use crate::domain::ids::{CategoryId, StatusId, TicketId, UserId};
use crate::domain::tickets::update::{Changes, update};
use crate::domain::tickets::{self, Change};
use crate::domain::{Actor, tags};
use crate::http::error::Result;
use crate::http::params::{DateParam, Given, Params};
use crate::http::reply::Done;

use super::ticket::valid_priority;

/// Parameters of *`UpdateTicket`*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UpdateTicket {
    /// The ticket's number.
    id: TicketId,
    /// Move it to this category.
    #[serde(alias = "new_category_id")]
    category_id: Option<CategoryId>,
    /// -1 low, 0 normal, 1 high, 2 critical.
    #[serde(alias = "priority_id")]
    #[schema(minimum = -1, maximum = 2)]
    priority: Option<i32>,
    /// When it was created.
    date: Option<DateParam>,
    /// Another submitter.
    user_id: Option<UserId>,
    /// When it is due; an empty one clears it.
    #[schema(value_type = Option<DateParam>)]
    due_date: Given<DateParam>,
    /// Who works on it; 0 is nobody.
    #[serde(alias = "assigned_to_user_id")]
    assigned_user_id: Option<UserId>,
    /// Time spent on it, in seconds.
    #[schema(minimum = 0)]
    time_spent_in_seconds: Option<i32>,
    /// Its status: 1 is New, 2 In process, 3 Closed.
    status_id: Option<StatusId>,
    /// All its tags anew; empty ones clear them.
    #[schema(value_type = Option<Vec<String>>)]
    tags: Given<Vec<String>>,
    /// What it is about.
    subject: Option<String>,
    /// The text, as HTML.
    body: Option<String>,
    /// When it was closed; passed over beside a status.
    close_date: Option<DateParam>,
}

/// *`UpdateTicket`*: "Change ticket parameters, one or many." All of them, or none.
pub async fn update_ticket(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<UpdateTicket>,
) -> Result<Done> {
    let id = params.id;
    let changes = params.into_changes().await?;
    let mut tx = app.db.begin().await?;
    update(&mut tx, &actor, id, &changes).await?;
    tx.commit().await?;
    Ok(Done)
}

impl UpdateTicket {
    async fn into_changes(self) -> Result<Changes> {
        Ok(Changes {
            subject: self.subject,
            body: match self.body {
                Some(body) => Some(Body::from_input(body).await?),
                None => None,
            },
            priority: self
                .priority
                .map(|number| valid_priority("priority", number))
                .transpose()?,
            category_id: self.category_id,
            status_id: self.status_id,
            due_date: match self.due_date {
                Given::Absent => Change::Keep,
                Given::Empty => Change::Clear,
                Given::Value(date) => Change::Set(date.at),
            },
            tags: match self.tags {
                Given::Absent => None,
                Given::Empty => Some(Vec::new()),
                Given::Value(names) => Some(tags::parse("tags", &names.join(","))?),
            },
            user_id: self.user_id,
            date: self.date.map(|date| date.at),
            // "Set to 0 (zero) to remove the currently assigned user."
            assigned_user_id: match self.assigned_user_id {
                None => Change::Keep,
                Some(UserId(0)) => Change::Clear,
                Some(user) => Change::Set(user),
            },
            time_spent_seconds: self.time_spent_in_seconds,
            close_date: self.close_date.map(|date| date.at),
            suppress_notification: false,
        })
    }
}

/// Parameters of *Close*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Close {
    /// The ticket's number.
    id: TicketId,
    /// Send no mail about it.
    suppress_notification: Option<bool>,
}

/// *Close*: "Closes a ticket. This is basically same as calling `UpdateTicket` with statusId=3."
pub async fn close(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<Close>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    tickets::close(
        &mut tx,
        &actor,
        params.id,
        params.suppress_notification.unwrap_or(false),
    )
    .await?;
    tx.commit().await?;
    Ok(Done)
}
