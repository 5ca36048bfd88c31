//! What every call of either API passes before its handler: who calls, how often, from where.

use std::future::Future;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::domain::access::tokens::require_writing;
use crate::http::caller;
use crate::http::error::ApiError;
use crate::http::limits::{Budget, Rate};
use crate::http::request_log::LoggedUser;

/// What is called, as far as the gate looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Its name: each has its own budget.
    pub name: &'static str,
    /// How often a user may call it.
    pub rate: Rate,
    /// It changes something.
    pub writes: bool,
    /// It changes who somebody is, or what he may.
    pub rights: bool,
}

/// Answer a request: by `refuse` where the caller does not pass, by `handle` where he does, who then stands in the
/// request's extensions as [`crate::domain::Actor`].
pub async fn answer<Fut>(
    app: &AppState,
    call: Call,
    request: Request,
    refuse: fn(ApiError) -> Response,
    handle: impl FnOnce(Request) -> Fut,
) -> Response
where
    Fut: Future<Output = Response>,
{
    let (mut parts, body) = request.into_parts();
    if call.writes
        && let Err(refusal) = caller::refuse_cross_site(&parts.headers, &app.settings.cors_origins)
    {
        return refuse(refusal);
    }
    let (actor, admission) = match caller::authenticate(app, &parts).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(refusal),
    };
    let verdict = app.rates.count(Budget {
        caller: format!("user {}", actor.user_id),
        method: call.name,
        writes: call.writes,
        rate: call.rate,
    });
    let limits = verdict.headers;
    if let Some(refusal) = verdict.refusal {
        return (limits, refuse(refusal)).into_response();
    }
    if call.writes
        && let Err(refusal) = require_writing(&actor)
    {
        return (limits, refuse(refusal.into())).into_response();
    }
    let user = LoggedUser(actor.user_id);
    parts.extensions.insert(actor);
    parts.extensions.insert(admission);
    let mut response = handle(Request::from_parts(parts, body)).await;
    if call.writes {
        app.outbox.wake();
    }
    if call.rights {
        // As soon as it is done, nobody is taken for who he was.
        app.callers.forget();
    }
    response.headers_mut().extend(limits);
    response.extensions_mut().insert(user);
    response
}
