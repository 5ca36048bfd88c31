//! Pages for people: plain HTML, no scripts.

mod lost_password;
mod page;
mod reset_password;

use axum::Router;
use axum::routing::get;

use crate::app::AppState;

/// The addresses of the pages, in the spelling of [`crate::http::path_case`].
pub fn router() -> Router<AppState> {
    Router::new()
        .route(
            "/user/lostpassword",
            get(lost_password::form).post(lost_password::request),
        )
        .route(
            "/user/resetpassword",
            get(reset_password::form).post(reset_password::set),
        )
}
