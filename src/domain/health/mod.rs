//! What the desk depends on, and since when it works or does not: mail servers, mailboxes, receivers of webhooks. Who uses
//! them reports here; administrators read it, and the log hears of each failure once, whichever server met it first.

mod repo;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::error::Result;

/// A state that has not changed is written again after this, so that one sees when it was last looked at.
const STALE: TimeDelta = TimeDelta::seconds(30);
/// What fails again within this time of the last line in the log is not worth another one yet.
const PAUSE: TimeDelta = TimeDelta::minutes(10);
/// The longest message, in characters.
const MESSAGE: usize = 500;

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// It works.
    Ok,
    /// It does not.
    Failing,
}

/// What is known of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// What it is: `mail`, `mailbox.3`, `webhook.7`.
    pub key: String,
    /// How it is.
    pub state: State,
    /// When it came into this state.
    pub since: DateTime<Utc>,
    /// Why it fails, or failed last.
    #[schema(required = true)]
    pub message: Option<String>,
    /// When somebody last used it.
    pub last_seen: DateTime<Utc>,
}

/// How the use of something went: why it failed.
pub type Outcome<'a> = Result<(), &'a str>;

/// Whether a report says something that is not known: one that was made lately costs this look-up only.
pub async fn is_news(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    key: &str,
    outcome: Outcome<'_>,
) -> Result<bool> {
    let (state, message) = read(outcome);
    let known = repo::find(conn, key).await?;
    Ok(!known.is_some_and(|known| known.says(state, message.as_deref(), now)))
}

/// Note how the use of something went; `key` names it (`mail`, `mailbox 3`, `webhook 7`). Returns what the log is to be
/// told, once this is committed.
pub async fn note(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    key: &str,
    outcome: Outcome<'_>,
) -> Result<Option<News>> {
    let (state, message) = read(outcome);
    repo::insert_ok(conn, key, now).await?;
    let before = repo::lock(conn, key).await?;
    let line = before.line(state, now);
    let after = before.after(state, message, line, now);
    repo::update(conn, key, &after).await?;
    Ok(line.map(|line| match line {
        Line::Works => News::Works {
            failed_since: before.since,
        },
        Line::Fails => News::Fails {
            since: after.since,
            reason: after.message.unwrap_or_default(),
        },
    }))
}

/// What the log is told, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It does not work.
    Fails {
        /// Since when.
        since: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// It works again.
    Works {
        /// Since when it had not.
        failed_since: DateTime<Utc>,
    },
}

fn read(outcome: Outcome<'_>) -> (State, Option<String>) {
    match outcome {
        Ok(()) => (State::Ok, None),
        Err(text) => {
            let text = text.chars().filter(|letter| *letter != '\0');
            (State::Failing, Some(text.take(MESSAGE).collect()))
        }
    }
}

/// What the log is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Fails,
    Works,
}

impl repo::Row {
    /// Nothing new.
    fn says(&self, state: State, message: Option<&str>, now: DateTime<Utc>) -> bool {
        let same_reason = state == State::Ok || self.message.as_deref() == message;
        let waits_for_its_line = state == State::Failing && !self.is_logged;
        self.state == state
            && same_reason
            && !waits_for_its_line
            && (now - self.last_seen).abs() < STALE
    }

    /// How it stands when this state was reported and `line` written.
    fn after(
        &self,
        state: State,
        message: Option<String>,
        line: Option<Line>,
        now: DateTime<Utc>,
    ) -> Self {
        let has_changed = self.state != state;
        Self {
            state,
            since: if has_changed { now } else { self.since },
            // The reason of the last failure stays readable.
            message: message.or_else(|| self.message.clone()),
            last_seen: now,
            is_logged: state == State::Failing
                && (line == Some(Line::Fails) || self.is_logged && !has_changed),
            logged_at: if line == Some(Line::Fails) {
                Some(now)
            } else {
                self.logged_at
            },
        }
    }

    fn line(&self, state: State, now: DateTime<Utc>) -> Option<Line> {
        let has_changed = self.state != state;
        match state {
            State::Ok => (has_changed && self.is_logged).then_some(Line::Works),
            State::Failing => {
                let is_told = self.is_logged && !has_changed;
                let is_due = self.logged_at.is_none_or(|at| (now - at).abs() >= PAUSE);
                (!is_told && is_due).then_some(Line::Fails)
            }
        }
    }
}

/// Everything that was reported, by key.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Condition>> {
    repo::list(conn).await
}

/// It is not used any more: a mailbox was deleted, mail was switched off.
pub async fn forget(conn: &mut PgConnection, key: &str) -> Result<()> {
    repo::delete(conn, key).await
}

#[cfg(test)]
mod tests;
