//! Webhook deliveries on their way out, for administrators to look at.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use crate::access::staff;
use crate::actor::Actor;
use crate::error::Result;

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum DeliveryState {
    /// Waits for its first or its next try.
    Queued,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Failed,
    /// An administrator took it out.
    Discarded,
}

impl DeliveryState {
    fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Discarded => "discarded",
        }
    }
}

/// What a receiver of webhooks is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookDelivery {
    /// Its number.
    pub id: i64,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// What happened.
    pub event: String,
    /// Whom it goes to.
    pub url: String,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    #[schema(required = true)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// What the receiver answered last.
    #[schema(required = true)]
    pub response_status: Option<i32>,
    /// Why the last try failed.
    #[schema(required = true)]
    pub last_error: Option<String>,
    /// When the receiver took it.
    #[schema(required = true)]
    pub delivered_at: Option<DateTime<Utc>>,
}

/// Webhook deliveries, the newest first, older than `before`. For administrators.
pub async fn webhooks(
    conn: &mut PgConnection,
    actor: &Actor,
    state: Option<DeliveryState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<WebhookDelivery>> {
    staff::require_admin(actor)?;
    Ok(sqlx::query_as!(
        WebhookDelivery,
        r#"select id, created_at, event, url, state as "state: DeliveryState", attempts, next_attempt_at, response_status,
            last_error, delivered_at
        from webhook_deliveries
        where ($1::text is null or state = $1) and ($2::bigint is null or id < $2)
        order by id desc
        limit $3"#,
        state.map(DeliveryState::name),
        before,
        limit,
    )
    .fetch_all(conn)
    .await?)
}
