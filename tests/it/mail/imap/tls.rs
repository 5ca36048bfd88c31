use serde_json::json;

use super::{Fetching, mailbox_at, opened, state, until, until_seen};
use crate::support::TestApp;
use crate::support::dovecot::Dovecot;

/// A Dovecot with a certificate of its own for `localhost`.
fn secured(folder: &std::path::Path) -> Dovecot {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    Dovecot::start_with(&format!(
        "ssl = required\nssl_cert = <{}\nssl_key = <{}\n",
        certificate.display(),
        key.display()
    ))
}

#[tokio::test]
async fn a_secured_connection_needs_a_certificate_that_is_trusted_and_of_this_name() {
    let folder = tempfile::tempdir().unwrap();
    let dovecot = secured(folder.path());
    let allowed = opened(dovecot.port);
    let app = TestApp::start_with(|settings| settings.outbound_allow.clone_from(&allowed)).await;
    let admin = app.admin().await;
    dovecot.deliver_some(2, 500);
    let mut body = mailbox_at(dovecot.port);
    body["host"] = json!("localhost");
    body["security"] = json!("starttls");
    let id = admin.makes("mailboxes", body).await;
    let is_refused = || async {
        let error = state(&app, id).await["last_error"].clone();
        let error = error.as_str().unwrap_or_default();
        error.starts_with("no secure connection: invalid peer certificate")
    };
    let stranger = Fetching::start(&app);
    until("it is not trusted", is_refused).await;
    stranger.stop().await;

    let data_path = app.state.settings.data_path.clone();
    let ca_file = folder.path().join("cert.pem").display().to_string();
    let friend = app
        .another_server(|settings| {
            settings.outbound_allow = allowed;
            settings.data_path = data_path;
            settings.mail.ca_file = ca_file;
        })
        .await;
    let fetching = Fetching::start(&friend);
    until_seen(&dovecot, 2).await;
    let change = json!({"host": "127.0.0.1", "password": "secret"});
    admin
        .v2("PATCH", &format!("mailboxes/{id}"))
        .json(&change)
        .await
        .is_ok();
    until("it is not of this name", is_refused).await;
    fetching.stop().await;
}
