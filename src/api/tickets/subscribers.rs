//! `AddSubscriber`, `RemoveSubscriber`, Subscribers.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::access::users::{shown_login, sight};
use crate::domain::ids::{TicketId, UserId};
use crate::domain::subscribers::{self, Subscriber};
use crate::domain::users::{full_name, full_name_and_login};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::{Done, Json};

/// Parameters of *Add subscriber* and *Remove subscriber*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Subscription {
    /// The ticket's number.
    id: TicketId,
    /// The caller, when missing.
    user_id: Option<UserId>,
}

/// *Add subscriber*: "adds a new subscriber to a ticket".
#[tracing::instrument(name = "api.AddSubscriber", skip_all, fields(ticket.id = %params.id))]
pub async fn add_subscriber(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<Subscription>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    subscribers::subscribe(&mut tx, &actor, params.id, params.user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *Remove subscriber*: "removes a subscriber from a ticket".
#[tracing::instrument(name = "api.RemoveSubscriber", skip_all, fields(ticket.id = %params.id))]
pub async fn remove_subscriber(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<Subscription>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    subscribers::unsubscribe(&mut tx, &actor, params.id, params.user_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Parameters of *Subscribers*.
#[derive(Debug, Deserialize, ToSchema)]
pub struct OfTicket {
    /// The ticket's number.
    id: TicketId,
}

/// *Subscribers*: "returns list of subscribers from a ticket".
#[tracing::instrument(name = "api.Subscribers", skip_all, fields(ticket.id = %params.id))]
pub async fn subscribers(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<OfTicket>,
) -> Result<Json<Vec<SubscriberInfo>>> {
    let mut conn = app.db.read().await?;
    let subscribers = subscribers::of_ticket(&mut conn, &actor, params.id).await?;
    let shown = subscribers
        .into_iter()
        .map(|subscriber| SubscriberInfo::of(subscriber, &actor));
    Ok(Json(shown.collect()))
}

/// A subscriber, with the keys live servers send: the document has no sample.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub struct SubscriberInfo {
    #[serde(rename = "UserID")]
    user_id: UserId,
    username: String,
    #[schema(required = true)]
    email: Option<String>,
    is_admin: bool,
    disabled: bool,
    first_name: String,
    last_name: String,
    send_email: bool,
    is_tech: bool,
    is_manager: bool,
    two_factor_auth_enabled: bool,
    out_of_office: bool,
    full_name_and_login: String,
    full_name: String,
}

impl SubscriberInfo {
    /// What `reader` sees of a subscriber: customers see names of others, but no address, nor a login that is one.
    fn of(subscriber: Subscriber, reader: &Actor) -> Self {
        let sight = sight(reader, subscriber.id);
        let login = shown_login(reader, &subscriber.username);
        let (first, last) = (&subscriber.first_name, &subscriber.last_name);
        Self {
            user_id: subscriber.id,
            full_name_and_login: full_name_and_login(first, last, login),
            full_name: full_name(first, last, login),
            username: login.to_owned(),
            email: sight.address.then_some(subscriber.email),
            is_admin: subscriber.is_admin,
            disabled: subscriber.disabled,
            first_name: subscriber.first_name,
            last_name: subscriber.last_name,
            send_email: subscriber.send_email,
            is_tech: subscriber.is_tech,
            is_manager: subscriber.is_manager,
            two_factor_auth_enabled: sight.personal && subscriber.two_factor_enabled,
            out_of_office: subscriber.out_of_office,
        }
    }
}
