//! Generated input for everything that reads what strangers send: 20,000 cases each, and the smallest one that fails
//! is shown.

mod authorization;
mod dates;
mod extractor;
mod forwarded;
mod multipart;
mod paths;
mod rates;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::probe;
use crate::support::TestApp;

/// Cases of each property.
const CASES: u32 = 20_000;

/// The property holds for everything that `strategy` makes.
#[track_caller]
fn holds<S: Strategy>(strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    holds_for(CASES, strategy, property);
}

#[track_caller]
fn holds_for<S: Strategy>(
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let config = Config {
        cases,
        // What was found once becomes a plain test.
        failure_persistence: None,
        ..Config::default()
    };
    if let Err(failure) = TestRunner::new(config).run(strategy, property) {
        panic!("{failure}");
    }
}

/// The probe's router, asked without a network.
struct Service {
    router: Router,
    runtime: Runtime,
    _app: TestApp,
}

impl Service {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let app = runtime.block_on(TestApp::start());
        let router = probe::router(app.state.clone());
        Self {
            router,
            runtime,
            _app: app,
        }
    }

    /// Status and text of the answer.
    fn answer(&self, request: Request<Body>) -> (u16, String) {
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8_lossy(&body).into_owned())
        })
    }
}
