//! What every request passes before and after the router: its id, its path in one spelling, a net under panics, the
//! headers of every answer, its line in the log.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{
    Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Version, header,
};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use hyper::body::Incoming;
use tower::{Layer, ServiceExt};
use tower_http::CompressionLevel;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{Compression, CompressionLayer};
use tower_http::cors::{Cors, CorsLayer};
use tracing::Instrument;
use uuid::Uuid;

use crate::app::AppState;
use crate::http::path_case;
use crate::http::request_log::RequestLine;

/// Name of a request, from the client or from us, in answers and in the log.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Here a login is changed for a token, which opens everything: no page of another site may read it.
const TOKEN_PATH: &str = "/user/token";

/// Longest id of a client that is taken over.
const MAX_ID_BYTES: usize = 64;

/// Answers below this size are not worth packing.
const MIN_PACKED_BYTES: u64 = 1024;

type IsWorthIt = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;
type Packing = tower_http::compression::predicate::And<SizeAbove, IsWorthIt>;

/// In front of the router.
#[derive(Clone)]
pub(super) struct Front {
    /// What most clients need: no layers at all.
    plain: Router,
    /// For those who ask for packed answers, and for browsers on other sites.
    layered: Arc<Compression<Cors<Router>, Packing>>,
    ids: Arc<Ids>,
    app: AppState,
}

/// Texts are packed. Files are not: most are packed already, and their length should be known to the client. Neither are
/// streams of events: what is packed waits until there is more of it.
fn is_worth_packing(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let content_type = content_type.unwrap_or_default();
    let is_stream = content_type.starts_with(b"text/event-stream");
    let is_text = [b"application/json".as_slice(), b"text/", b"application/xml"]
        .iter()
        .any(|text| content_type.starts_with(text));
    is_text && !is_stream && !headers.contains_key(header::CONTENT_DISPOSITION)
}

impl Front {
    pub(super) fn new(router: Router, cors: &CorsLayer, app: AppState) -> Self {
        let is_worth_it: IsWorthIt = is_worth_packing;
        let layered = CompressionLayer::new()
            .quality(CompressionLevel::Fastest)
            .compress_when(SizeAbove::new(MIN_PACKED_BYTES).and(is_worth_it))
            .layer(cors.layer(router.clone()));
        Self {
            plain: router,
            layered: Arc::new(layered),
            ids: Arc::new(Ids::new()),
            app,
        }
    }

    /// Answer one request.
    pub(super) async fn answer(self, request: Request<Incoming>) -> Response {
        let (parts, body) = request.into_parts();
        let line = RequestLine::begin(&parts, &self.app.callers);
        let id = self.ids.of(&parts.headers);
        let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default());
        let request = path_case::rewrite(Request::from_parts(parts, Body::new(body)));
        let app = self.app.clone();
        let routed = AssertUnwindSafe(self.route(request)).catch_unwind();
        let mut response = match routed.instrument(span).await {
            Ok(response) => response,
            Err(panic) => after_panic(panic.as_ref(), &id),
        };
        if let Some(line) = line {
            let user = response.extensions().get().copied();
            line.end(response.status(), user, id.to_str().unwrap_or_default());
        }
        let headers = response.headers_mut();
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
        headers.insert(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        );
        headers.insert(X_REQUEST_ID, id);
        if app.draining.is_cancelled() {
            // The client's next request goes to another server.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn route(self, request: Request<Body>) -> Response {
        let is_token = request.uri().path() == TOKEN_PATH;
        let headers = request.headers();
        let needs_layers = request.method() == Method::OPTIONS
            || headers.contains_key(header::ORIGIN)
            || headers.contains_key(header::ACCEPT_ENCODING);
        let answered: Result<Response, Infallible> = if needs_layers {
            let layered = Compression::clone(&self.layered);
            layered
                .oneshot(request)
                .await
                .map(|response| response.map(Body::new))
        } else {
            self.plain.oneshot(request).await
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(never) => match never {},
        };
        if is_token {
            response
                .headers_mut()
                .remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        }
        response
    }
}

/// A fixed text: what broke is nobody's business but the operator's.
fn after_panic(panic: &(dyn std::any::Any + Send), id: &HeaderValue) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    tracing::error!(request_id = ?id, panic = said, "a request panicked");
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal error. The log has the details.",
    )
        .into_response()
}

/// Ids of requests: a random part of this process and a number.
struct Ids {
    process: String,
    count: AtomicU64,
}

impl Ids {
    fn new() -> Self {
        let mut process = Uuid::new_v4().simple().to_string();
        process.truncate(12);
        Self {
            process,
            count: AtomicU64::new(1),
        }
    }

    /// The client's id when it is short and plain, one of ours otherwise.
    fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let is_plain = |id: &&HeaderValue| {
            let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
            (1..=MAX_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(allowed)
        };
        if let Some(id) = headers.get(X_REQUEST_ID).filter(is_plain) {
            return id.clone();
        }
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{}-{number}", self.process))
            .unwrap_or(HeaderValue::from_static("none"))
    }
}
