//! The settings of the desk.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::settings::{self, DeskSettings};

use super::body::{Body, Changed};
use super::etag::{IfMatch, IfNoneMatch};
use super::problem::{Problem, Result};
use super::reply::{Gone, Object};

/// `GET /api/v2/settings`
pub(super) async fn get(
    State(app): State<AppState>,
    actor: Actor,
    known: IfNoneMatch,
) -> Result<Object<DeskSettings>> {
    let mut conn = app.db.read().await?;
    let settings = settings::find(&mut conn, &actor).await?;
    Ok(Object::new(&settings, &settings)?.unless(&known))
}

/// `PUT /api/v2/settings`
pub(super) async fn replace(
    State(app): State<AppState>,
    actor: Actor,
    known: IfMatch,
    body: Body<DeskSettings>,
) -> Result<Object<DeskSettings>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &DeskSettings| known.require(before).map(|()| body.value);
    let settings = settings::update::<Problem>(&mut tx, &actor, change).await?;
    tx.commit().await?;
    Object::new(&settings, &settings)
}

/// `PATCH /api/v2/settings`
pub(super) async fn change(
    State(app): State<AppState>,
    actor: Actor,
    known: IfMatch,
    changes: Changed<DeskSettings>,
) -> Result<Object<DeskSettings>> {
    let mut tx = app.db.begin().await?;
    let change = |before: &DeskSettings| {
        known.require(before)?;
        changes.over(before)
    };
    let settings = settings::update::<Problem>(&mut tx, &actor, change).await?;
    tx.commit().await?;
    Object::new(&settings, &settings)
}

/// A new shared secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSharedSecret {
    /// The secret: every API token of everybody ends with the old one.
    #[schema(min_length = 16, max_length = 200)]
    shared_secret: String,
}

/// `PUT /api/v2/settings/shared_secret`
pub(super) async fn set_shared_secret(
    State(app): State<AppState>,
    actor: Actor,
    body: Body<NewSharedSecret>,
) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    settings::set_shared_secret(&mut tx, &actor, &body.value.shared_secret).await?;
    tx.commit().await?;
    Ok(Gone)
}
