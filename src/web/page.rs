//! What every page looks like.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::AppState;
use crate::domain::{html, settings};
use crate::http::error::ApiError;
use crate::http::reply::Page;

/// Nothing is loaded and nothing runs; forms go to us.
const POLICY: &str =
    "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How long a page waits for the desk's name.
const PATIENCE: Duration = Duration::from_millis(500);

/// A page with this status. `content` is HTML, with whatever came from people escaped.
pub(super) async fn page(app: &AppState, status: StatusCode, content: &str) -> Response {
    let named = async {
        let mut conn = app.db.read().await?;
        settings::load(&mut conn).await
    };
    let found = tokio::time::timeout(PATIENCE, named).await;
    let desk = found.ok().and_then(Result::ok).unwrap_or_default();
    let name = html::escape(&desk.desk_name);
    let page = Page::new(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{name}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\"></head>\n\
         <body>\n<h1>{name}</h1>\n{content}\n</body>\n</html>\n"
    ));
    let mut response = (status, page.with_policy(POLICY)).into_response();
    // The address of a page may hold a token.
    response.headers_mut().insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// An error as a page.
pub(super) async fn error(app: &AppState, error: ApiError) -> Response {
    let plain = error.into_response();
    let status = plain.status();
    let text = match status {
        StatusCode::TOO_MANY_REQUESTS => "Too many tries. Wait some minutes and try again.",
        StatusCode::FORBIDDEN => "A page of another site may not do this.",
        status if status.is_client_error() => "That was not understood.",
        _ => "The helpdesk is busy. Try again in a moment.",
    };
    let mut response = page(app, status, &format!("<p>{text}</p>")).await;
    if let Some(wait) = plain.headers().get(header::RETRY_AFTER) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, wait.clone());
    }
    response
}
