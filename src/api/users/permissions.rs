//! `AddCategoryTechPermission`, `RemoveCategoryTechPermission`.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::AppState;
use crate::domain::ids::{CategoryId, UserId};
use crate::domain::{Actor, categories};
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::Done;

/// Parameters of both methods.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TechPermission {
    /// The user's number.
    user_id: UserId,
    /// The category's number.
    category_id: CategoryId,
}

/// *Add category technician permission*: "make user a technician in a category. Available for admins only."
#[tracing::instrument(name = "api.AddCategoryTechPermission", skip_all)]
pub async fn add_category_tech_permission(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TechPermission>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    categories::add_technician(&mut tx, &actor, params.user_id, params.category_id).await?;
    tx.commit().await?;
    Ok(Done)
}

/// *Remove category technician permission*: "revoke technician permission from a user in a category. Available for
/// admins only." It holds from his next call.
#[tracing::instrument(name = "api.RemoveCategoryTechPermission", skip_all)]
pub async fn remove_category_tech_permission(
    State(app): State<AppState>,
    actor: Actor,
    Params(params): Params<TechPermission>,
) -> Result<Done> {
    let mut tx = app.db.begin().await?;
    categories::remove_technician(&mut tx, &actor, params.user_id, params.category_id).await?;
    tx.commit().await?;
    Ok(Done)
}
