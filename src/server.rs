//! The router in its layers, and the loop that serves it. (Stub: layers and accept loop are under way.)

use std::future::Future;

use axum::Router;
use tokio::net::TcpListener;

use crate::api;
use crate::app::AppState;

/// Every address of the server, in its layers.
pub fn router(app: AppState) -> Router {
    api::table::table().into_router().with_state(app)
}

/// Serve `app` on `listener` until `stop` is done; then finish what runs.
pub async fn serve(
    listener: TcpListener,
    app: AppState,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(app))
        .with_graceful_shutdown(stop)
        .await
}
