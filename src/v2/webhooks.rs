//! What is done with webhooks besides keeping them.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::webhooks::deliveries::{self, Delivery};
use crate::domain::webhooks::{self, WebhookDraft, WebhookKind};
use crate::domain::{Actor, administration};
use crate::jobs::signed_call;

use super::kept::Resource;
use super::problem::Result;
use super::query::Id;
use super::reply::{Gone, Json};

impl Resource for WebhookKind {
    const PATH: &'static str = "webhooks";
    const NAME: &'static str = "Webhook";

    /// Where it may not be told is said when it is saved; it is looked at again whenever it is told.
    fn seal(app: &AppState, draft: WebhookDraft) -> Result<WebhookDraft> {
        let checked = app.outbound.policy().check_text(draft.url.trim());
        checked.map_err(|refusal| refusal.at("url"))?;
        Ok(draft)
    }
}

/// A secret that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NewSecret {
    /// The secret, `whsec_` and base64. It is shown this once; the one of before signs as well for 24 hours.
    secret: String,
}

/// `POST /api/v2/webhooks/{id}/rotate_secret`
pub(super) async fn rotate_secret(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<NewSecret>> {
    let mut tx = app.db.begin().await?;
    let secret = webhooks::rotate(&mut tx, &actor, &app.keys, id, actor.now()).await?;
    tx.commit().await?;
    Ok(Json(NewSecret { secret }))
}

/// What became of a trial.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Trial {
    /// The receiver took it.
    delivered: bool,
    /// What the receiver answered.
    #[schema(required = true)]
    response_status: Option<u16>,
    /// The beginning of its answer.
    #[schema(required = true)]
    response_body: Option<String>,
    /// Why there was no answer.
    #[schema(required = true)]
    error: Option<String>,
}

/// `POST /api/v2/webhooks/{id}/test`: an event `test`, sent now.
pub(super) async fn test(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<Trial>> {
    let mut conn = app.db.read().await?;
    let kept = administration::find::<WebhookKind>(&mut conn, &actor, id).await?;
    let version = webhooks::secret_version(&mut conn, id).await?;
    drop(conn);
    let now = actor.now();
    let delivery = Delivery::trial(id, &kept.draft.url, version, now);
    let trial = match app.outbound.call(signed_call(&app, &delivery)).await {
        Ok(answer) => Trial {
            delivered: (200..300).contains(&answer.status),
            response_status: Some(answer.status),
            response_body: Some(answer.body),
            error: None,
        },
        Err(failure) => Trial {
            delivered: false,
            response_status: None,
            response_body: None,
            error: Some(failure.to_string()),
        },
    };
    Ok(Json(trial))
}

/// `POST /api/v2/webhook_deliveries/{id}/replay`
pub(super) async fn replay(State(app): State<AppState>, actor: Actor, Id(id): Id) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    deliveries::replay(&mut tx, &actor, id.into()).await?;
    tx.commit().await?;
    Ok(Gone)
}
