//! What a change of values leaves behind: for people, for the audit, for jobs.

use serde_json::{Value as Json, json};
use sqlx::PgConnection;

use super::value::{self, Value};
use super::{Audience, Field, FieldType, Owner, repo};
use crate::actor::Actor;
use crate::audit::{self, Entry};
use crate::error::Result;
use crate::outbox;
use crate::tickets::{self, history};

/// How much of a text people are told.
const TOLD: usize = 100;

/// A field whose value is another one now.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) field: Field,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

impl Changed {
    fn shown(&self, value: Option<&Value>) -> Option<String> {
        let value = value?;
        value::shown(&self.field, value.text(), value.option())
    }

    /// To be read after the actor's name.
    fn told(&self) -> String {
        let name = &self.field.name;
        match self.after.as_ref() {
            None => format!("cleared the field \"{name}\""),
            Some(value) if self.field.kind == FieldType::Checkbox => {
                let ticked = value.text() == Some("true");
                let verb = if ticked { "ticked" } else { "unticked" };
                format!("{verb} the field \"{name}\"")
            }
            Some(value) => {
                let text = shortened(&self.shown(Some(value)).unwrap_or_default());
                format!("set the field \"{name}\" to \"{text}\"")
            }
        }
    }

    fn audited(&self, value: Option<&Value>) -> Json {
        json!({ "fieldId": self.field.id, "value": self.shown(value) })
    }
}

/// The beginning of a text in one line.
fn shortened(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut told: String = line.chars().take(TOLD).collect();
    if told.len() < line.len() {
        told.push('…');
    }
    told
}

/// Tell of changes. Nothing changed, nothing told.
pub(super) async fn record(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    changes: &[Changed],
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    tell(conn, actor, owner, changes).await?;
    let event = match owner {
        Owner::Ticket(_) => "ticket.field_changed",
        Owner::Asset(_) => "asset.field_changed",
        Owner::User(_) => "user.field_changed",
        Owner::Company(_) => "company.field_changed",
    };
    for changed in changes {
        let (ticket, payload) = match owner {
            Owner::Ticket(id) => (Some(id), json!({ "fieldId": changed.field.id })),
            Owner::Asset(_) | Owner::User(_) | Owner::Company(_) => {
                let id = format!("{}Id", owner.word());
                (
                    None,
                    json!({ id: owner.number(), "fieldId": changed.field.id }),
                )
            }
        };
        outbox::record(conn, actor, event, ticket, payload).await?;
        if ticket.is_some() && changed.field.audience() != Audience::Administrators {
            // Its history tells of it.
            continue;
        }
        let entry = Entry {
            action: event,
            object_type: owner.word(),
            object_id: owner.number(),
            before: Some(changed.audited(changed.before.as_ref())),
            after: Some(changed.audited(changed.after.as_ref())),
        };
        audit::record(conn, actor, entry).await?;
    }
    Ok(())
}

/// Tell people, each of what he sees: the history of a ticket tells everybody of what is everybody's, and its staff
/// of what is for technicians. Of what is for administrators only the audit tells.
async fn tell(
    conn: &mut PgConnection,
    actor: &Actor,
    owner: Owner,
    changes: &[Changed],
) -> Result<()> {
    let told = |to: &[Audience]| {
        let told: Vec<String> = changes
            .iter()
            .filter(|changed| to.contains(&changed.field.audience()))
            .map(Changed::told)
            .collect();
        (!told.is_empty()).then(|| told.join(", "))
    };
    match owner {
        Owner::Ticket(ticket) => {
            tickets::touch(conn, actor, ticket).await?;
            if let Some(text) = told(&[Audience::Everybody]) {
                history::record(conn, actor, ticket, &text).await?;
            }
            if let Some(text) = told(&[Audience::Technicians]) {
                history::record_for_techs(conn, actor, ticket, &text).await?;
            }
        }
        Owner::Asset(asset) => {
            // Staff reads it.
            if let Some(text) = told(&[Audience::Everybody, Audience::Technicians]) {
                repo::log_of_asset(conn, asset, actor.user_id, &text, actor.now()).await?;
            }
        }
        Owner::User(_) | Owner::Company(_) => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_the_beginning_of_a_text() {
        assert_eq!(shortened(" a\r\n b\tc "), "a b c");
        assert_eq!(shortened(&"ü".repeat(100)), "ü".repeat(100));
        assert_eq!(shortened(&"ü".repeat(101)), "ü".repeat(100) + "…");
    }
}
