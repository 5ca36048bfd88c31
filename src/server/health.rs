//! Addresses for those who watch the server.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::app::AppState;
use crate::domain::{html, settings};
use crate::http::reply::Page;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/livez`: the process runs.
pub(super) async fn livez() -> &'static str {
    "alive"
}

/// `/readyz`: the database answers too.
pub(super) async fn readyz(State(app): State<AppState>) -> impl IntoResponse {
    if app.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.");
    }
    match tokio::time::timeout(PATIENCE, app.db.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready"),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The database does not answer.",
        ),
    }
}

/// How long the page waits for the desk's name: it says that the server runs, whatever the database does.
const PATIENCE_FOR_A_NAME: Duration = Duration::from_millis(500);

/// `/User/Login`: health checks of clients GET it and expect 200.
pub(super) async fn login_page(State(app): State<AppState>) -> Page {
    let named = async {
        let mut conn = app.db.read().await?;
        settings::load(&mut conn).await
    };
    let settings = tokio::time::timeout(PATIENCE_FOR_A_NAME, named).await;
    let settings = settings.ok().and_then(Result::ok).unwrap_or_default();
    let name = html::escape(&settings.desk_name);
    Page::new(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{name}</title></head>\n<body>\n\
         <h1>{name}</h1>\n<p>This helpdesk server is running. Its API is at <code>/api</code>, described at \
         <a href=\"/api/docs\">/api/docs</a>.</p>\n</body>\n</html>\n"
    ))
}
