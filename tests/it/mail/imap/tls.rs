use std::process::Stdio;

use serde_json::json;

use super::{check_until, mailbox_at, state, until};
use crate::support::TestApp;
use crate::support::dovecot::Dovecot;
use crate::support::program::program_on;

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
async fn a_secured_connection_needs_a_certificate_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let dovecot = secured(folder.path());
    let app = TestApp::start().await;
    let admin = app.admin().await;
    dovecot.deliver_some(2, 500);
    let mut body = mailbox_at(dovecot.port);
    body["host"] = json!("localhost");
    body["security"] = json!("starttls");
    let id = admin.makes("mailboxes", body).await;
    let worker = |trusted: bool| {
        let mut command = program_on(&app.database, app.folder.path());
        // With the key that sealed the password.
        command.env("DataPath", &app.state.settings.data_path);
        if trusted {
            command.env("SSL_CERT_FILE", folder.path().join("cert.pem"));
        }
        command
            .arg("serve")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut stranger = worker(false);
    until("it is not trusted", || async {
        let error = state(&app, id).await["last_error"].clone();
        error
            .as_str()
            .is_some_and(|text| text.starts_with("no secure connection: "))
    })
    .await;
    stranger.kill().await.unwrap();
    let mut friend = worker(true);
    check_until(&app, id, "it is trusted", || async {
        dovecot.seen("INBOX") == 2
    })
    .await;
    friend.kill().await.unwrap();
}
