//! Webhooks as administrators keep them.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use url::Url;
use utoipa::ToSchema;

use super::EVENTS;
use crate::actor::Actor;
use crate::administration::{Actions, Kept, Stored};
use crate::db::ExpectRows;
use crate::error::{Error, OnConstraint, Result, Use};
use crate::{audited_actions, text};

/// The longest name.
const NAME: usize = 200;
/// The longest address.
const URL: usize = 2_000;

/// What administrators decide about a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookDraft {
    /// Its name, one of its kind in any case.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where it is told.
    #[schema(pattern = "^https?://", max_length = 2_000)]
    pub url: String,
    /// Of what it is told: `ticket.closed`, `ticket.*` for a whole group, `*` for everything.
    #[schema(min_items = 1, max_items = 50)]
    pub events: Vec<String>,
    /// It is told at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub enabled: bool,
    /// It is told of notes for technicians too.
    #[serde(default)]
    pub include_notes: bool,
}

fn yes() -> bool {
    true
}

/// Webhooks.
#[derive(Debug)]
pub enum WebhookKind {}

impl Kept for WebhookKind {
    const KIND: &'static str = "webhook";
    const ACTIONS: Actions = audited_actions!("webhook");
    type Draft = WebhookDraft;

    fn check(draft: WebhookDraft) -> Result<WebhookDraft> {
        let url = text::name("url", &draft.url, URL)?;
        let parsed = Url::parse(&url);
        if !parsed.is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(Error::invalid(
                "url",
                "is not an address as https://receiver.example/path",
            ));
        }
        if draft.events.is_empty() {
            return Err(Error::invalid("events", "is missing"));
        }
        for (place, event) in draft.events.iter().enumerate() {
            if !is_known(event) {
                let problem = format!(
                    "is none of *, ticket.*, user.*, article.*, {}",
                    EVENTS.join(", ")
                );
                return Err(Error::invalid(format!("events[{place}]"), problem));
            }
        }
        Ok(WebhookDraft {
            name: text::name("name", &draft.name, NAME)?,
            url,
            ..draft
        })
    }

    async fn list(
        conn: &mut PgConnection,
        after: i32,
        limit: i64,
    ) -> Result<Vec<Stored<WebhookDraft>>> {
        let rows = sqlx::query!(
            "select id, name, url, events, enabled, include_notes from webhooks where id > $1 order by id limit $2",
            after,
            limit,
        )
        .fetch_all(conn)
        .await?;
        let stored = rows.into_iter().map(|row| Stored {
            id: row.id,
            draft: WebhookDraft {
                name: row.name,
                url: row.url,
                events: row.events,
                enabled: row.enabled,
                include_notes: row.include_notes,
            },
        });
        Ok(stored.collect())
    }

    async fn find(conn: &mut PgConnection, id: i32, lock: bool) -> Result<Option<WebhookDraft>> {
        if lock {
            sqlx::query_scalar!("select id from webhooks where id = $1 for update", id)
                .fetch_optional(&mut *conn)
                .await?;
        }
        Ok(sqlx::query_as!(
            WebhookDraft,
            "select name, url, events, enabled, include_notes from webhooks where id = $1",
            id,
        )
        .fetch_optional(conn)
        .await?)
    }

    async fn insert(conn: &mut PgConnection, _: &Actor, draft: &WebhookDraft) -> Result<i32> {
        sqlx::query_scalar!(
            "insert into webhooks (name, url, events, enabled, include_notes) values ($1, $2, $3, $4, $5) returning id",
            draft.name,
            draft.url,
            &draft.events,
            draft.enabled,
            draft.include_notes,
        )
        .fetch_one(conn)
        .await
        .on_constraint("webhooks_name_key", name_is_taken)
    }

    /// Another address is another receiver, of which nothing bad is known.
    async fn update(
        conn: &mut PgConnection,
        _: &Actor,
        id: i32,
        _: &WebhookDraft,
        after: &WebhookDraft,
    ) -> Result<()> {
        sqlx::query!(
            "update webhooks
            set name = $2, url = $3, events = $4, enabled = $5, include_notes = $6, next_probe_at = null
            where id = $1",
            id,
            after.name,
            after.url,
            &after.events,
            after.enabled,
            after.include_notes,
        )
        .execute(&mut *conn)
        .await
        .on_constraint("webhooks_name_key", name_is_taken)?
        .expect_rows(1)?;
        super::deliveries::probe_now(conn, id).await
    }

    /// Its deliveries go with it.
    async fn uses(_: &mut PgConnection, _: i32) -> Result<Vec<Use>> {
        Ok(vec![])
    }

    async fn move_uses(_: &mut PgConnection, _: &Actor, _: i32, _: i32) -> Result<()> {
        Ok(())
    }

    async fn delete(conn: &mut PgConnection, id: i32) -> Result<()> {
        sqlx::query!("delete from webhooks where id = $1", id)
            .execute(conn)
            .await?
            .expect_rows(1)
    }
}

fn is_known(event: &str) -> bool {
    matches!(event, "*" | "ticket.*" | "user.*" | "article.*") || EVENTS.contains(&event)
}

fn name_is_taken() -> Error {
    Error::conflict("name", "is taken by another webhook")
}
