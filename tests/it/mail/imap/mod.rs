//! Mail is fetched from a real Dovecot: nothing is lost, nothing doubled, whatever breaks.

mod breaks;
mod fetching;
mod hostile;
mod kills;
mod tls;
mod tokens;
mod trouble;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::TestApp;
use crate::support::dovecot::{Dovecot, USER};

/// A desk whose operator opened this port of the machine to mailboxes.
async fn desk(port: u16) -> TestApp {
    TestApp::start_with(|settings| settings.outbound_allow = opened(port)).await
}

fn opened(port: u16) -> Vec<String> {
    vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")]
}

/// The body of a mailbox that lies on this port.
fn mailbox_at(port: u16) -> Value {
    json!({
        "name": "Support", "address": "desk@desk.test", "category_id": 1, "host": "127.0.0.1", "port": port,
        "security": "none", "username": USER, "password": "secret"
    })
}

/// A server that fetches mail until it is dropped.
struct Fetching {
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Fetching {
    fn start(app: &TestApp) -> Self {
        let stop = CancellationToken::new();
        let run = ferrodesk::mail::imap::run(app.state.clone(), stop.clone());
        Self {
            stop,
            task: Some(tokio::spawn(run)),
        }
    }

    async fn stop(mut self) {
        self.stop.cancel();
        self.task.take().unwrap().await.unwrap();
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Wait until it is so, for half a minute at most.
async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Mails that are stored.
const STORED: &str = "select count(*) from incoming_mail";

/// Wait until so many mails are stored.
async fn until_stored(app: &TestApp, count: i64) {
    until("the mails are stored", || async {
        app.count(STORED).await >= count
    })
    .await;
    assert_eq!(app.count(STORED).await, count);
}

/// Wait until so many mails of the inbox are marked as read.
async fn until_seen(dovecot: &Dovecot, count: usize) {
    until("the mails are marked", || async {
        dovecot.seen("INBOX") == count
    })
    .await;
}

/// How the mailbox is.
async fn state(app: &TestApp, id: i64) -> Value {
    let admin = app.admin().await;
    admin
        .v2("GET", &format!("mailboxes/{id}/state"))
        .await
        .is_ok()
        .json()
}

/// Have the mailbox checked now, also when it waits after a failure.
async fn check(app: &TestApp, id: i64) {
    let admin = app.admin().await;
    let reply = admin.v2("POST", &format!("mailboxes/{id}/check")).await;
    assert_eq!(reply.status, 204);
}

/// Have the mailbox checked again and again until it is so.
async fn check_until<F: Future<Output = bool>>(
    app: &TestApp,
    id: i64,
    what: &str,
    holds: impl Fn() -> F,
) {
    until(what, || async {
        if holds().await {
            return true;
        }
        check(app, id).await;
        false
    })
    .await;
}
