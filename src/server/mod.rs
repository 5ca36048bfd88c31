//! The router in its layers, and the loop that serves it.

mod front;
mod health;

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::api;
use crate::app::AppState;
use crate::description;
use crate::http::serve::Connections;
use crate::v2::{self, Problem};
use crate::web;

use front::Front;

/// Every address of the server. Paths come in the spelling of [`crate::http::path_case`].
pub fn router(app: AppState) -> Router {
    api::table::table()
        .into_router()
        .merge(v2::table::table().into_router())
        .route("/api/openapi.json", get(description::openapi_json))
        .route("/api/docs", get(description::page::docs))
        .route("/api/docs/{file}", get(description::page::file))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/user/login", get(health::login_page))
        .route("/", get(health::login_page))
        .merge(web::router())
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_verb)
        .with_state(app)
}

/// Plain text: clients show it, and no page of ours is worth attacking. Our own API has its own form.
async fn nothing_here(address: Uri) -> Response {
    if is_v2(&address) {
        return Problem::NoAddress.into_response();
    }
    (
        StatusCode::NOT_FOUND,
        "There is nothing at this address. The methods of the API are below /api.",
    )
        .into_response()
}

async fn wrong_verb(address: Uri) -> Response {
    if is_v2(&address) {
        return Problem::WrongVerb.into_response();
    }
    (
        StatusCode::METHOD_NOT_ALLOWED,
        "This address does not answer to this HTTP method.",
    )
        .into_response()
}

fn is_v2(address: &Uri) -> bool {
    address.path() == "/api/v2" || address.path().starts_with("/api/v2/")
}

/// Which browser applications of other sites may read answers. Credentials are never allowed: the API takes no
/// cookie, and a program that has a password or a token sends it itself.
fn cors(origins: &[String]) -> CorsLayer {
    let origins = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(
            origins
                .iter()
                .filter_map(|origin| HeaderValue::from_str(origin).ok()),
        )
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::HEAD,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            front::X_REQUEST_ID,
        ])
        .expose_headers([
            header::RETRY_AFTER,
            header::ETAG,
            header::LOCATION,
            HeaderName::from_static("ratelimit"),
            front::X_REQUEST_ID,
        ])
        .max_age(std::time::Duration::from_hours(1))
}

/// For so long a server that was told to stop still takes connections, while `/readyz` says already that it should be
/// sent nobody any more: whoever watches that gets to hear of it.
const DRAINING: Duration = Duration::from_secs(1);

/// Serve `app` on `listener` until a second after `stop` is done; then finish what runs, for 25 seconds at most.
pub async fn serve(
    listener: TcpListener,
    app: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_router(listener, router(app.clone()), app, stop).await;
    Ok(())
}

/// Serve a router of one's own in the same way.
pub async fn serve_router(
    listener: TcpListener,
    router: Router,
    app: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let connections = Connections::new(app.settings.limits.connections);
    let ending = app.clone();
    let stop = async move {
        stop.await;
        ending.draining.cancel();
        tokio::time::sleep(DRAINING).await;
        // They would never end by themselves.
        ending.live.close();
    };
    let front = Front::new(router, &cors(&app.settings.cors_origins), app);
    connections
        .serve(listener, stop, move |request| front.clone().answer(request))
        .await;
}
