//! Mail on its way out, for administrators to look at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::MailKind;
use crate::access::staff;
use crate::actor::Actor;
use crate::error::Result;

/// How far a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum MailState {
    /// Waits for its first or its next try.
    Queued,
    /// A server took it.
    Sent,
    /// Given up.
    Failed,
    /// An administrator took it out.
    Discarded,
}

impl MailState {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
    }
}

/// A mail on its way out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OutgoingMail {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// What it is.
    pub kind: MailKind,
    /// The ticket it is about.
    #[schema(required = true)]
    pub ticket_id: Option<i32>,
    /// Whom it goes to.
    pub to_address: String,
    /// Its subject.
    pub subject: String,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// How far it is.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    #[schema(required = true)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last try failed.
    #[schema(required = true)]
    pub last_error: Option<String>,
    /// When a server took it.
    #[schema(required = true)]
    pub sent_at: Option<DateTime<Utc>>,
}

/// Mail on its way out, the newest first, older than `before`. For administrators.
pub async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    state: Option<MailState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<OutgoingMail>> {
    staff::require_admin(actor)?;
    Ok(sqlx::query_as!(
        OutgoingMail,
        r#"select id, created_at, kind as "kind: MailKind", ticket_id, to_address, subject, message_id, state as "state: MailState", attempts,
            next_attempt_at, last_error, sent_at
        from outgoing_mail
        where ($1::text is null or state = $1) and ($2::bigint is null or id < $2)
        order by id desc
        limit $3"#,
        state.map(MailState::name),
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
