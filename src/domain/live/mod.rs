//! What happened, as it is told to those who listen: in the order of the commits, each event to whoever may hear of it
//! at the moment when he is told.

mod repo;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::events::{About, Sight, sight};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::ids::{TicketId, UserId};

/// How many events are read at once.
pub const PAGE: usize = 200;

/// The most names that may be asked for, and the longest of them.
const NAMES: usize = 50;
const LONGEST_NAME: usize = 50;

/// What of an event's payload whoever sees its object may know. Texts are never among it.
const PUBLIC: [&str; 3] = ["commentId", "fieldId", "isSystem"];

/// And what staff may know besides.
const STAFF: [&str; 14] = [
    "articleId",
    "assetId",
    "categoryId",
    "changes",
    "companyId",
    "files",
    "forTechsOnly",
    "fromUserId",
    "mergedTicketId",
    "relatedTicketId",
    "relatedTicketIds",
    "tagIds",
    "toUserId",
    "userId",
];

/// An event, with what decides who hears of it.
#[derive(Clone, Debug)]
pub struct Happening {
    /// Its place in the order of commits.
    pub position: i64,
    name: String,
    ticket: Option<TicketId>,
    actor: UserId,
    payload: Value,
    at: DateTime<Utc>,
    about: About,
}

/// An event as somebody is told of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LiveEvent {
    /// Its place in the order of events: the same as its `id`.
    pub position: i64,
    /// What happened: `ticket.created`, `comment.created`, `ticket.closed`.
    pub event: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The ticket it is about.
    #[schema(required = true)]
    pub ticket_id: Option<TicketId>,
    /// Who did it; told to staff of the ticket only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_user_id: Option<UserId>,
    /// Numbers and flags of what was concerned: `comment_id`, `field_id`; staff is told more.
    pub details: Map<String, Value>,
}

impl Happening {
    /// Whether the actor hears of it, and how much.
    #[must_use]
    pub fn sight(&self, actor: &Actor) -> Option<Sight> {
        sight(actor, &self.name, &self.about)
    }

    /// What happened.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As it is told.
    #[must_use]
    pub fn show(&self, sight: Sight) -> LiveEvent {
        let is_staff = sight == Sight::Staff;
        let is_told = |name: &&String| {
            PUBLIC.contains(&name.as_str()) || is_staff && STAFF.contains(&name.as_str())
        };
        let mut details = Map::new();
        for (name, value) in self.payload.as_object().into_iter().flatten() {
            if is_told(&name) && is_plain(value) {
                details.insert(snake_case(name), value.clone());
            }
        }
        LiveEvent {
            position: self.position,
            event: self.name.clone(),
            at: self.at,
            ticket_id: self.ticket,
            actor_user_id: is_staff.then_some(self.actor),
            details,
        }
    }
}

/// A number, a flag, or several of them.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::Array(items) => items.iter().all(Value::is_number),
        Value::Null | Value::String(_) | Value::Object(_) => false,
    }
}

fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// Which of the events that somebody may hear of he wants to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    ticket: Option<TicketId>,
    names: Vec<String>,
}

impl Filter {
    /// Of this ticket, and of these names: `ticket.created,comment.*`. Errors: what is no name.
    pub fn new(ticket: Option<TicketId>, names: Option<&str>) -> Result<Self> {
        let names: Vec<String> = names
            .into_iter()
            .flat_map(|names| names.split(','))
            .map(|name| name.trim().to_owned())
            .collect();
        if names.len() > NAMES {
            return Err(Error::invalid("types", format!("are more than {NAMES}")));
        }
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            let problem =
                format!("holds \"{name}\", which is neither like ticket.closed nor like ticket.*");
            return Err(Error::invalid("types", problem));
        }
        Ok(Self { ticket, names })
    }

    /// Whether it is wanted.
    #[must_use]
    pub fn takes(&self, event: &Happening) -> bool {
        let is_named = |name: &String| match name.strip_suffix('*') {
            Some(family) => event.name.starts_with(family),
            None => *name == event.name,
        };
        self.ticket
            .is_none_or(|ticket| event.ticket == Some(ticket))
            && (self.names.is_empty() || self.names.iter().any(is_named))
    }
}

/// `ticket.closed` or `ticket.*`.
fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    name.len() <= LONGEST_NAME
        && name
            .split_once('.')
            .is_some_and(|(family, what)| is_word(family) && (what == "*" || is_word(what)))
}

/// The position of the last event that was told of.
pub async fn head(conn: &mut PgConnection) -> Result<i64> {
    repo::head(conn).await
}

/// The first [`PAGE`] events after a position, as they stand now.
pub async fn after(conn: &mut PgConnection, position: i64) -> Result<Vec<Happening>> {
    let rows = repo::after(conn, position).await?;
    Ok(rows.into_iter().map(repo::Row::into_happening).collect())
}

#[cfg(test)]
mod tests;
