//! The router in its layers, and the loop that serves it. (Stub: layers and accept loop are under way.)

use std::future::Future;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;

use crate::api;
use crate::app::AppState;
use crate::http::serve::PeerAddress;

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
    use axum::extract::Request;
    use axum::extract::connect_info::ConnectInfo;
    use axum::middleware::map_request;
    let router = router(app).layer(map_request(
        async |ConnectInfo(peer): ConnectInfo<SocketAddr>, mut request: Request| {
            request.extensions_mut().insert(PeerAddress(peer));
            request
        },
    ));
    axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stop)
    .await
}
