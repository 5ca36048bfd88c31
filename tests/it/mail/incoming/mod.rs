//! Mail that comes in: stored, read, and what it does to the desk.

mod corpus;
mod hostile;
mod loops;
mod office;
mod parser;
mod storing;
mod trust;

use ferrodesk::domain::ids::{CategoryId, MailboxId};
use ferrodesk::domain::incoming_mail::{self, IncomingMailId, NewIncoming, Place, Stored};
use ferrodesk::settings::Settings;
use serde_json::Value;

use crate::support::TestApp;
use crate::support::people::Person;

/// The address of the desk in these tests.
pub(super) const DESK: &str = "desk@desk.test";

/// A desk that has an address, believes the server `mx.desk.test`, and knows a technician and a customer.
pub(super) async fn desk() -> TestApp {
    desk_with(|_| {}).await
}

pub(super) async fn desk_with(change: impl FnOnce(&mut Settings)) -> TestApp {
    let app = TestApp::start_with(|settings| {
        settings.incoming.trust.servers = vec!["mx.desk.test".to_owned()];
        change(settings);
    })
    .await;
    app.sql("update categories set from_address = 'Desk@desk.test' where id = 1")
        .await;
    app.admin().await;
    app.technician("tess", &[1]).await;
    app.customer("owner").await;
    app
}

/// What a mailbox gives the desk.
pub(super) fn new_mail(app: &TestApp, raw: impl Into<Vec<u8>>) -> NewIncoming {
    NewIncoming {
        mailbox: None,
        place: None,
        category: Some(CategoryId(1)),
        envelope_from: None,
        envelope_to: vec![DESK.to_owned()],
        received_at: app.clock.now(),
        raw: raw.into(),
    }
}

/// The same from a mailbox, where it lies at a place.
pub(super) fn fetched(
    app: &TestApp,
    mailbox: i32,
    (uid_validity, uid): (u32, u32),
    raw: impl Into<Vec<u8>>,
) -> NewIncoming {
    NewIncoming {
        mailbox: Some(MailboxId(mailbox)),
        place: Some(Place { uid_validity, uid }),
        ..new_mail(app, raw)
    }
}

/// Store a mail as whoever fetches it does.
pub(super) async fn store(app: &TestApp, mail: &NewIncoming) -> Stored {
    let mut tx = app.state.db.begin().await.unwrap();
    let stored = incoming_mail::store(&mut tx, mail).await.unwrap();
    tx.commit().await.unwrap();
    stored
}

/// Let a mail come in and be read; what became of it, as administrators see it.
pub(super) async fn receive(app: &TestApp, raw: impl Into<Vec<u8>>) -> Value {
    let IncomingMailId(id) = store(app, &new_mail(app, raw)).await.id();
    app.run_jobs().await;
    shown(&app.admin().await, id).await
}

/// A mail as `reader` sees it.
pub(super) async fn shown(reader: &Person<'_>, id: i64) -> Value {
    reader
        .v2("GET", &format!("incoming_mail/{id}"))
        .await
        .is_ok()
        .json()
}

/// A plain mail.
pub(super) fn mail(from: &str, subject: &str, more: &str, text: &str) -> String {
    format!(
        "From: {from}\r\nTo: {DESK}\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n{more}\r\n{text}\r\n"
    )
}

/// The state, and the reason where there is one.
pub(super) fn outcome(mail: &Value) -> String {
    let state = mail["state"].as_str().unwrap();
    match mail["reason"].as_str() {
        Some(reason) => format!("{state} {reason}"),
        None => state.to_owned(),
    }
}

/// A header that vouches for a sender of the domain.
pub(super) fn vouched(domain: &str) -> String {
    format!("Authentication-Results: mx.desk.test; dmarc=pass header.from={domain}\r\n")
}
