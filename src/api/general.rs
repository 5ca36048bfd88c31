//! General methods.

use axum::extract::State;

use crate::api::users::dto::{CurrentUser, UserInfo};
use crate::app::AppState;
use crate::domain::{Actor, users};
use crate::http::error::Result;
use crate::http::reply::Json;

/// *Authorization*: "a helpdesk user object that represents the current user", without the administrator's notes
/// about him unless he is staff.
#[tracing::instrument(name = "api.Authorization", skip_all)]
pub async fn authorization(State(app): State<AppState>, actor: Actor) -> Result<Json<CurrentUser>> {
    let mut conn = app.db.read().await?;
    let user = users::current(&mut conn, &actor).await?;
    Ok(Json(UserInfo::of(&user, &actor).into()))
}
