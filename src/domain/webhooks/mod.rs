//! Webhooks: others are told of what happens, by Standard Webhooks.
//!
//! A delivery is complete when it is written: its body and the identifier that the receiver knows it by. Texts of tickets
//! and comments are not in it, numbers and states are: whoever is told asks the API for more, with his own rights.

pub mod deliveries;
mod kept;
mod repo;
mod secret;

use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::ids::TicketId;
use crate::outbox::Event;

pub use kept::{WebhookDraft, WebhookKind};
pub use repo::secret_version;
pub use secret::{rotate, secrets, sign};

/// Names of the events that a webhook may be told of.
pub const EVENTS: [&str; 15] = [
    "ticket.created",
    "ticket.updated",
    "ticket.commented",
    "ticket.assigned",
    "ticket.closed",
    "ticket.reopened",
    "ticket.merged",
    "ticket.deleted",
    "user.created",
    "user.updated",
    "user.deleted",
    "user.merged",
    "article.created",
    "article.updated",
    "article.deleted",
];

/// The name that receivers know an event of ours by. None: nobody is told of it.
fn public_name(event: &str) -> Option<&'static str> {
    let name = match event {
        "comment.created" => "ticket.commented",
        other => other,
    };
    EVENTS.into_iter().find(|known| *known == name)
}

/// Write what webhooks are told of an event, and the jobs that tell them.
pub async fn write(conn: &mut PgConnection, context: &Context, event: &Event) -> Result<()> {
    let Some(name) = public_name(&event.name) else {
        return Ok(());
    };
    let flag = |name: &str| event.payload.get(name).and_then(Value::as_bool) == Some(true);
    if flag("isSystem") {
        return Ok(());
    }
    let is_note = flag("forTechsOnly");
    let receivers = repo::receivers(conn, name, is_note).await?;
    if receivers.is_empty() {
        return Ok(());
    }
    let ticket = match event.ticket {
        Some(ticket) => repo::ticket(conn, ticket).await?,
        None => None,
    };
    let body = json!({
        "type": name,
        "timestamp": event.at,
        "data": {
            "event_id": event.position,
            "actor_user_id": event.actor,
            "ticket_id": event.ticket,
            "ticket": ticket,
            "techs_only": is_note,
            "details": event.payload,
        },
    });
    let message_id = format!("msg_{}", event.id);
    for receiver in receivers {
        let delivery = deliveries::NewDelivery {
            webhook: Some(receiver.id),
            ticket: event.ticket,
            event: name.to_owned(),
            url: receiver.url,
            method: "POST".to_owned(),
            headers: vec![],
            body: body.to_string(),
            message_id: message_id.clone(),
        };
        deliveries::insert(conn, context.now, &delivery).await?;
    }
    Ok(())
}

/// A request that a rule makes.
#[derive(Clone, Debug)]
pub struct NewRequest {
    /// About which ticket.
    pub ticket: TicketId,
    /// Its verb.
    pub method: String,
    /// Its address.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// Write a request of a rule, and the job that makes it. Whether its address may be called is seen when it is: names
/// stand for other addresses then.
pub async fn request(
    conn: &mut PgConnection,
    context: &Context,
    request: NewRequest,
) -> Result<()> {
    let mut random = [0_u8; 16];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    let delivery = deliveries::NewDelivery {
        webhook: None,
        ticket: Some(request.ticket),
        event: "rule".to_owned(),
        url: request.url,
        method: request.method,
        headers: request.headers,
        body: request.body,
        message_id: format!("msg_{:032x}", u128::from_be_bytes(random)),
    };
    deliveries::insert(conn, context.now, &delivery).await
}
