//! Addresses for those who watch the server.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::app::AppState;
use crate::http::reply::Page;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `/livez`: the process runs.
pub(super) async fn livez() -> &'static str {
    "alive"
}

/// `/readyz`: the database answers too.
pub(super) async fn readyz(State(app): State<AppState>) -> impl IntoResponse {
    match tokio::time::timeout(PATIENCE, app.db.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ready"),
        Ok(Err(_)) | Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The database does not answer.",
        ),
    }
}

const PAGE: &str = "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Ferrodesk</title></head>\n\
                    <body>\n<h1>Ferrodesk</h1>\n<p>This helpdesk server is running. Its API is at <code>/api</code>.</p>\n\
                    </body>\n</html>\n";

/// `/User/Login`: health checks of clients GET it and expect 200.
pub(super) async fn login_page() -> Page {
    Page::new(PAGE)
}
