//! Jobs that are not done: administrators look at them, have them tried again, take them out.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::queue::{self, Job, JobState};

use super::page::{Page, span};
use super::problem::Result;
use super::query::{Id, Query};
use super::reply::{Gone, Json};

/// Which jobs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct JobsOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Of this kind: `send_mail`.
    kind: Option<String>,
    /// In this state.
    state: Option<JobState>,
}

/// `GET /api/v2/jobs`
pub(super) async fn list(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<JobsOf>,
) -> Result<Json<Page<Job>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let mut conn = app.db.read_list().await?;
    let (kind, state) = (asked.kind.as_deref(), asked.state);
    let found = queue::list(&mut conn, &actor, kind, state, span.after, span.to_read()).await?;
    Ok(Json(span.page(found, |job| job.id)))
}

/// `GET /api/v2/jobs/{id}`
pub(super) async fn get(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<Job>> {
    let mut conn = app.db.read().await?;
    Ok(Json(queue::find(&mut conn, &actor, id.into()).await?))
}

/// `POST /api/v2/jobs/{id}/retry`
pub(super) async fn retry(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<Job>> {
    let mut tx = app.db.begin().await?;
    queue::retry(&mut tx, &actor, id.into()).await?;
    let job = queue::find(&mut tx, &actor, id.into()).await?;
    tx.commit().await?;
    Ok(Json(job))
}

/// `DELETE /api/v2/jobs/{id}`: it will not be done.
pub(super) async fn discard(State(app): State<AppState>, actor: Actor, Id(id): Id) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    queue::discard(&mut tx, &actor, id.into()).await?;
    tx.commit().await?;
    Ok(Gone)
}
