//! API tokens: everybody keeps his own, administrators those of everybody.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::AppState;
use crate::domain::Actor;
use crate::domain::ids::{TokenId, UserId};
use crate::domain::users::tokens::{self, Scope, Token, TokenDraft};

use super::body::Body;
use super::idempotency::{IdempotencyKey, Turn};
use super::page::{Page, span};
use super::problem::Result;
use super::query::{Id, Query};
use super::reply::{Created, CreatedAs, Gone, Json};

/// Where they are.
const PATH: &str = "tokens";

/// Whose tokens, which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TokensOf {
    /// How many at most; 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    cursor: Option<String>,
    /// Of this user; the caller's own unless told.
    #[param(minimum = 1)]
    user_id: Option<i32>,
}

/// `GET /api/v2/tokens`
pub(super) async fn list(
    State(app): State<AppState>,
    actor: Actor,
    Query(asked): Query<TokensOf>,
) -> Result<Json<Page<Token>>> {
    let span = span(asked.limit, asked.cursor.as_deref())?;
    let of = asked.user_id.map_or(actor.user_id, UserId);
    let after = span.after_id();
    let mut conn = app.db.read().await?;
    let found = tokens::list(&mut conn, &actor, of, after, span.to_read()).await?;
    Ok(Json(span.page(found, |token| token.id.0.into())))
}

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    /// What its user calls it.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// What it allows.
    scope: Scope,
    /// When it ends; by itself never, unless told.
    #[serde(default)]
    expires_at: Option<DateTime<Utc>>,
    /// Whose it is to be; the caller's own unless told.
    #[serde(default)]
    user_id: Option<i32>,
}

/// A token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MadeToken {
    #[serde(flatten)]
    about: Token,
    /// The token itself, for `Authorization: Bearer`. It is shown this once: null where the creation is told of again.
    #[schema(required = true)]
    token: Option<String>,
}

/// `POST /api/v2/tokens`
pub(super) async fn create(
    State(app): State<AppState>,
    actor: Actor,
    key: IdempotencyKey,
    body: Body<NewToken>,
) -> Result<CreatedAs<MadeToken>> {
    let mut tx = app.db.begin().await?;
    let once = match key.claim(&mut tx, &actor, PATH, &body.hash).await? {
        Turn::First(once) => once,
        Turn::Again(created) => return Ok(created.into()),
    };
    let hashing = app.tokens.key_of_named(&mut tx, actor.now()).await?;
    let of = body.value.user_id.map_or(actor.user_id, UserId);
    let draft = TokenDraft {
        name: body.value.name,
        scope: body.value.scope,
        expires_at: body.value.expires_at,
    };
    let (id, secret) = tokens::create(&mut tx, &actor, of, &draft, &hashing).await?;
    let about = tokens::find(&mut tx, &actor, id).await?;
    let mut made = MadeToken { about, token: None };
    // Kept without the secret, which is stored nowhere.
    let kept = Created::new(PATH, id.0, &made, &draft)?;
    once.keep(&mut tx, &actor, &kept).await?;
    tx.commit().await?;
    made.token = Some(secret);
    Ok(Created::new(PATH, id.0, &made, &draft)?.into())
}

/// `GET /api/v2/tokens/{id}`
pub(super) async fn get(
    State(app): State<AppState>,
    actor: Actor,
    Id(id): Id,
) -> Result<Json<Token>> {
    let mut conn = app.db.read().await?;
    Ok(Json(tokens::find(&mut conn, &actor, TokenId(id)).await?))
}

/// `DELETE /api/v2/tokens/{id}`: it opens nothing any more, and stays to be seen.
pub(super) async fn revoke(State(app): State<AppState>, actor: Actor, Id(id): Id) -> Result<Gone> {
    let mut tx = app.db.begin().await?;
    tokens::revoke(&mut tx, &actor, TokenId(id)).await?;
    tx.commit().await?;
    Ok(Gone)
}
