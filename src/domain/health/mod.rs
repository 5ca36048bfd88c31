//! What the desk depends on, and since when it works or does not: mail servers, mailboxes, receivers of webhooks. Who uses
//! them reports here; administrators read it, and the log hears of each failure once, whichever server met it first.

mod repo;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::db::Db;
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

/// Report how the use of something went: `key` names it (`mail`, `mailbox.3`, `webhook.7`), `outcome` says why it failed.
///
/// To be called after each use, outside any transaction: a state that was reported lately costs one look-up. A report
/// that cannot be written fails nobody.
pub async fn report(db: &Db, now: DateTime<Utc>, key: &str, outcome: Result<(), &str>) {
    if let Err(error) = write(db, now, key, outcome).await {
        tracing::debug!(key, %error, "a condition could not be reported");
    }
}

async fn write(db: &Db, now: DateTime<Utc>, key: &str, outcome: Result<(), &str>) -> Result<()> {
    let message: Option<String> = outcome.err().map(|text| {
        text.chars()
            .filter(|letter| *letter != '\0')
            .take(MESSAGE)
            .collect()
    });
    let state = if message.is_none() {
        State::Ok
    } else {
        State::Failing
    };
    let known = {
        let mut conn = db.read().await?;
        repo::find(&mut conn, key).await?
    };
    if known.is_some_and(|known| known.says(state, message.as_deref(), now)) {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    repo::insert_ok(&mut tx, key, now).await?;
    let before = repo::lock(&mut tx, key).await?;
    let line = before.line(state, now);
    let after = before.after(state, message, line, now);
    repo::update(&mut tx, key, &after).await?;
    tx.commit().await?;
    let since = if line == Some(Line::Works) {
        before.since
    } else {
        after.since
    };
    match line {
        Some(Line::Fails) => {
            tracing::warn!(key, %since, reason = after.message.as_deref(), "it does not work");
        }
        Some(Line::Works) => tracing::info!(key, failed_since = %since, "it works again"),
        None => {}
    }
    Ok(())
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
