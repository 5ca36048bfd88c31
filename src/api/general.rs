//! General methods.

use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::users::dto::{CurrentUser, UserInfo};
use crate::app::AppState;
use crate::domain::{Actor, users};
use crate::http::caller::refuse_every_other_site;
use crate::http::error::Result;
use crate::http::params::Params;
use crate::http::reply::{Either, Json, Text, Unkept};

/// *Authorization*: "a helpdesk user object that represents the current user", without the administrator's notes
/// about him unless he is staff.
#[tracing::instrument(name = "api.Authorization", skip_all)]
pub async fn authorization(State(app): State<AppState>, actor: Actor) -> Result<Json<CurrentUser>> {
    let mut conn = app.db.read().await?;
    let user = users::current(&mut conn, &actor).await?;
    Ok(Json(UserInfo::of(&user, &actor).into()))
}

/// Parameters of `/User/Token`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UserTokenParams {
    /// Answer as JSON instead of as text.
    json: Option<bool>,
}

/// With `json=true` the one key is in lower case, unlike everything else.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserToken {
    token: String,
}

/// A new API token of the caller: text, or `{"token":"..."}` with `json=true`. Whoever calls with a token that he named
/// gets none: it would live on when that one is revoked.
#[tracing::instrument(name = "api.UserToken", skip_all)]
pub async fn user_token(
    State(app): State<AppState>,
    actor: Actor,
    headers: HeaderMap,
    Params(params): Params<UserTokenParams>,
) -> Result<Unkept<Either<Text, Json<UserToken>>>> {
    refuse_every_other_site(&headers)?;
    let mut tx = app.db.begin().await?;
    users::tokens::issued(&mut tx, &actor, actor.user_id).await?;
    let token = app
        .tokens
        .issue(&mut tx, actor.user_id, actor.now())
        .await?;
    tx.commit().await?;
    Ok(Unkept(if params.json == Some(true) {
        Either::Other(Json(UserToken { token }))
    } else {
        Either::One(Text(token))
    }))
}
