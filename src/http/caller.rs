//! Who calls. (Stub.)

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::AppState;
use crate::domain::{self, Actor};
use crate::http::error::ApiError;

/// Passwords, tokens and the lockout.
#[derive(Debug)]
pub struct Callers {}

/// Find out who calls from the `Authorization` header. Errors: 401, 429 while the address is blocked.
pub async fn authenticate(_app: &AppState, _parts: &Parts) -> Result<Actor, ApiError> {
    Err(domain::Error::Unauthorized("Not implemented.".into()).into())
}

/// The actor that [`authenticate`] found; set by `api::table` before a handler runs.
impl FromRequestParts<AppState> for Actor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &AppState) -> Result<Self, ApiError> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| domain::Error::internal("a handler without a caller").into())
    }
}
