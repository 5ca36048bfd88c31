//! What administrators look at: the audit log, outgoing mail, webhook deliveries. The newest come first.

use axum::extract::State;
use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::AppState;
use crate::domain::audit_log::{self, AuditRow};
use crate::domain::deliveries::{self, DeliveryState, WebhookDelivery};
use crate::domain::outgoing_mail::{self, MailId, MailState, OutgoingMail};
use crate::domain::{Actor, Error};

use super::page::{Page, span};
use super::problem::Result;
use super::query::{Id, Query};
use super::reply::{Gone, Json};

/// Which rows of the audit log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Of this action, such as `category.updated`; with a dot at its end, of all that begin so: `category.`
    action: Option<String>,
    /// About this kind of object: `category`.
    object_type: Option<String>,
    /// About the object of this number.
    object_id: Option<i32>,
    /// By this user.
    actor_user_id: Option<i32>,
    /// From this moment on, as RFC 3339.
    from: Option<DateTime<Utc>>,
    /// Before this moment, as RFC 3339.
    until: Option<DateTime<Utc>>,
}

/// `GET /api/v2/audit_log`
pub(super) async fn audit(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<AuditOf>,
) -> Result<Json<Page<AuditRow>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let which = audit_log::Which {
        action: asked.action,
        object_type: asked.object_type,
        object_id: asked.object_id,
        actor_user_id: asked.actor_user_id,
        from: moment("from", asked.from)?,
        until: moment("until", asked.until)?,
    };
    let mut conn = app.db.read_list().await?;
    let rows = audit_log::list(&mut conn, &actor, &which, span.after, span.to_read()).await?;
    Ok(Json(span.page(rows, |row| row.id)))
}

/// The years of RFC 3339: the database knows fewer than our type of moments.
fn moment(parameter: &'static str, at: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
    match at {
        Some(at) if !(0..=9999).contains(&at.year()) => {
            Err(Error::invalid(parameter, "is not within the years 0 to 9999").into())
        }
        at => Ok(at),
    }
}

/// Which mail.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MailOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// In this state.
    state: Option<MailState>,
}

/// `GET /api/v2/outgoing_mail`
pub(super) async fn mail(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<MailOf>,
) -> Result<Json<Page<OutgoingMail>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let mut conn = app.db.read_list().await?;
    let (state, before) = (asked.state, span.after);
    let found = outgoing_mail::list(&mut conn, &actor, state, before, span.to_read()).await?;
    Ok(Json(span.page(found, |mail| mail.id)))
}

/// `POST /api/v2/outgoing_mail/{id}/retry`
pub(super) async fn retry_mail(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<OutgoingMail>> {
    let mut tx = app.db.begin().await?;
    let mail = outgoing_mail::retry(&mut tx, &actor, MailId(id.into())).await?;
    tx.commit().await?;
    Ok(Json(mail))
}

/// `DELETE /api/v2/outgoing_mail/{id}`: it will not be sent.
pub(super) async fn discard_mail(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    outgoing_mail::discard(&mut tx, &actor, MailId(id.into())).await?;
    tx.commit().await?;
    Ok(Gone)
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DeliveriesOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// In this state.
    state: Option<DeliveryState>,
}

/// `GET /api/v2/webhook_deliveries`
pub(super) async fn webhooks(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<DeliveriesOf>,
) -> Result<Json<Page<WebhookDelivery>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let mut conn = app.db.read_list().await?;
    let (state, before) = (asked.state, span.after);
    let found = deliveries::webhooks(&mut conn, &actor, state, before, span.to_read()).await?;
    Ok(Json(span.page(found, |delivery| delivery.id)))
}
