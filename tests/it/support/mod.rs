//! How tests talk to the server: over HTTP, to the real router, each with a database of its own.
//!
//! ```ignore
//! let app = TestApp::start().await;
//! let alice = app.customer("alice").await;
//! let ticket = alice.creates_a_ticket().await;
//! app.customer("bob").await.get("Ticket").param("id", ticket).await.is_not_found();
//! ```

pub(crate) mod call;
pub(crate) mod cast;
pub(crate) mod database;
pub(crate) mod document;
pub(crate) mod dovecot;
pub(crate) mod events;
pub(crate) mod fault_proxy;
pub(crate) mod files;
pub(crate) mod hook_sink;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod people;
pub(crate) mod program;
pub(crate) mod smtp;

use std::net::SocketAddr;
use std::sync::Arc;

use ferrodesk::app::AppState;
use ferrodesk::domain::Db;
use ferrodesk::domain::clock::Clock;
use ferrodesk::domain::db::PoolSizes;
use ferrodesk::settings::Settings;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use database::TestDatabase;

/// A server of its own for one test, on a free loopback port.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Clock,
    pub(crate) database: Arc<TestDatabase>,
    pub(crate) state: AppState,
    pub(crate) folder: tempfile::TempDir,
    stop: Option<oneshot::Sender<()>>,
}

/// A client that follows no redirects and keeps no cookies.
pub(crate) fn client() -> reqwest::Client {
    // The program may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// The settings of a test: rate limits off, small limits elsewhere.
pub(crate) fn settings(folder: &std::path::Path) -> Settings {
    let mut settings = Settings::default_in(folder).unwrap();
    settings.app_url = "http://desk.test".into();
    settings.disable_rate_limit = true;
    settings.limits.attachment_bytes = 1024 * 1024;
    settings.limits.files_per_request = 5;
    settings.limits.body_bytes = 512 * 1024;
    settings.limits.connections = 256;
    settings
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A server whose settings differ from the usual ones of tests.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::serve(Arc::new(TestDatabase::create().await), change).await
    }

    /// Another server on the same database: a second one of the installation, or this one after a restart.
    pub(crate) async fn another_server(&self, change: impl FnOnce(&mut Settings)) -> Self {
        Self::serve(Arc::clone(&self.database), change).await
    }

    async fn serve(database: Arc<TestDatabase>, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(folder.path());
        change(&mut settings);
        let db = Db::new(
            &database.options(),
            PoolSizes {
                read: 4,
                lists: 2,
                write: 4,
                jobs: 4,
            },
        );
        let clock = Clock::default();
        let state = AppState::build(settings, db, clock.clone()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = state.clone();
        tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            ferrodesk::server::serve(listener, served, stopped)
                .await
                .unwrap();
        });
        Self {
            address,
            client: client(),
            clock,
            database,
            state,
            folder,
            stop: Some(stop),
        }
    }

    /// Run SQL to set the stage or to look behind the scenes.
    pub(crate) async fn sql(&self, statement: &'static str) {
        sqlx::raw_sql(statement)
            .execute(&mut self.database.connect().await)
            .await
            .unwrap();
        self.heard_of_changes();
    }

    /// The server has heard from PostgreSQL that rights were changed behind its back. It takes it a moment to hear that
    /// by itself, which is not what most tests are about.
    pub(crate) fn heard_of_changes(&self) {
        self.state.callers.forget();
    }

    /// Do all that is to be done behind the scenes by now, as the moved clock has it: events, mail, deliveries.
    pub(crate) async fn run_jobs(&self) {
        // The queue reads the time of the database, which no test can move.
        sqlx::query(
            "update graphile_worker._private_jobs set run_at = now() where run_at > now() and run_at <= $1",
        )
        .bind(self.clock.now())
        .execute(&mut self.database.connect().await)
        .await
        .unwrap();
        ferrodesk::jobs::drain(&self.state).await.unwrap();
    }

    /// One number from the database.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement)
            .fetch_one(&mut self.database.connect().await)
            .await
            .unwrap()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl TestApp {
    /// Files below the attachments folder.
    pub(crate) fn files_on_disk(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let Ok(entries) = std::fs::read_dir(folder) else {
                return 0;
            };
            entries
                .flatten()
                .map(|entry| {
                    if entry.path().is_dir() {
                        count(&entry.path())
                    } else {
                        1
                    }
                })
                .sum()
        }
        count(&self.state.settings.attachments_path)
    }
}
