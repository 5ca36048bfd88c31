//! The settings by which mail is sent.

use serde_json::json;

use crate::support::TestApp;
use crate::support::program::program_on;
use crate::support::smtp::{Encryption, Kind, Login, SmtpSink};
use crate::v2::is_problem;

/// An administrator may name the sink.
async fn desk(sink: &SmtpSink) -> TestApp {
    TestApp::start_with(|settings| settings.outbound_allow = vec![sink.address.to_string()]).await
}

#[tokio::test]
async fn a_password_stays_until_it_would_go_elsewhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let settings = json!({
        "host": "mail.example",
        "user": "desk",
        "password": "pass phrase",
        "from_address": "help@desk.test",
    });
    let stored = admin
        .v2("PUT", "settings/mail")
        .json(&settings)
        .await
        .is_ok();
    let tag = stored.headers["etag"].to_str().unwrap();
    let renamed = admin
        .v2("PATCH", "settings/mail")
        .header("if-match", tag)
        .json(&json!({"from_name": "Desk"}))
        .await
        .is_ok();
    assert_eq!(renamed.json()["password_set"], true);
    assert_eq!(renamed.json()["from_name"], "Desk");
    for elsewhere in [
        json!({"host": "other.example"}),
        json!({"port": 25}),
        json!({"security": "none"}),
        json!({"user": "other"}),
    ] {
        let refused = admin.v2("PATCH", "settings/mail").json(&elsewhere).await;
        is_problem(&refused, 400, "invalid", Some("password"));
    }
    let stale = admin
        .v2("PATCH", "settings/mail")
        .header("if-match", tag)
        .json(&json!({"from_name": "X"}))
        .await;
    is_problem(&stale, 412, "stale", None);
}

#[tokio::test]
async fn an_administrator_sets_by_which_server_mail_is_sent() {
    let login = Some(Login::Password("desk", "pass phrase"));
    let encryption = Encryption::None;
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let app = desk(&sink).await;
    let admin = app.admin().await;
    let off = admin.v2("GET", "settings/mail").await.is_ok();
    assert_eq!(off.json()["host"], "");
    assert_eq!(off.json()["stored_at"], json!(null));
    assert!(!app.state.mail_on());
    let settings = json!({
        "host": "127.0.0.1",
        "port": sink.address.port(),
        "security": "none",
        "user": "desk",
        "password": "pass phrase",
        "from_address": "help@desk.test",
        "from_name": "Help",
    });
    let stored = admin
        .v2("PUT", "settings/mail")
        .json(&settings)
        .await
        .is_ok();
    assert_eq!(stored.json()["password_set"], true);
    assert!(!stored.text().contains("phrase"));
    assert!(app.state.mail_on());
    let seen = "select count(*) from settings where value::text like '%phrase%'";
    assert_eq!(app.count(seen).await, 0);
    let told = "select count(*) from audit_log where to_jsonb(audit_log)::text like '%phrase%'";
    assert_eq!(app.count(told).await, 0);
    let told = "select count(*) from audit_log where action = 'settings.mail_updated' and after->>'login' = 'changed'";
    assert_eq!(app.count(told).await, 1);

    let trial = admin
        .v2("POST", "settings/mail/test")
        .json(&json!({"to": "ann@x.test"}))
        .await
        .is_ok()
        .json();
    assert_eq!(trial["ok"], true, "{trial}");
    let mail = sink.wait_for(1).await.remove(0);
    assert_eq!(mail.login.as_deref(), Some("desk"));
    assert_eq!(
        mail.header("From").as_deref(),
        Some("Help <help@desk.test>")
    );

    let cleared = admin
        .v2("PATCH", "settings/mail")
        .json(&json!({"password": ""}))
        .await
        .is_ok();
    assert_eq!(cleared.json()["password_set"], false);
    let off = admin
        .v2("PUT", "settings/mail")
        .json(&json!({}))
        .await
        .is_ok();
    assert_eq!(off.json()["host"], "");
    assert!(!app.state.mail_on());
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_names_its_member() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let good = json!({"host": "mail.example", "from_address": "desk@x.test"});
    for (field, value) in [
        ("host", json!("a b")),
        ("host", json!("127.0.0.1")),
        ("host", json!("localhost")),
        ("host", json!("10.0.0.1")),
        ("host", json!("169.254.169.254")),
        ("port", json!(0)),
        ("security", json!("ssl")),
        ("from_address", json!("desk")),
        ("from_name", json!("a\r\nBcc: b@x.test")),
        ("attachments_up_to_mb", json!(101)),
        ("user", json!("a\nb")),
        ("oauth2_token_url", json!("http://x.test/token")),
    ] {
        let mut settings = good.clone();
        settings[field] = value.clone();
        let refused = admin.v2("PUT", "settings/mail").json(&settings).await;
        is_problem(&refused, 400, "invalid", Some(field));
    }
    let nameless = json!({"host": "mail.example", "from_address": "desk@x.test", "password": "x"});
    let refused = admin.v2("PUT", "settings/mail").json(&nameless).await;
    is_problem(&refused, 400, "invalid", Some("user"));
    let homeless = admin
        .v2("PATCH", "settings/mail")
        .json(&json!({"from_address": "desk@x.test"}))
        .await;
    is_problem(&homeless, 400, "invalid", Some("host"));
    let nobody = admin
        .v2("POST", "settings/mail/test")
        .json(&json!({"to": "nobody"}))
        .await;
    is_problem(&nobody, 400, "invalid", Some("to"));
}

#[tokio::test]
async fn the_settings_of_the_operator_hold_until_others_are_stored() {
    let sink = SmtpSink::start().await;
    let app = TestApp::start_with(|settings| sink.takes_mail_of(settings)).await;
    let admin = app.admin().await;
    let shown = admin.v2("GET", "settings/mail").await.is_ok().json();
    assert_eq!(shown["host"], "127.0.0.1");
    assert_eq!(shown["stored_at"], json!(null));
    // The operator's server may be anywhere, also when an administrator changes what is beside it.
    let renamed = admin
        .v2("PATCH", "settings/mail")
        .json(&json!({"from_name": "Help"}))
        .await
        .is_ok()
        .json();
    assert!(renamed["stored_at"].is_string());
    let trial = admin
        .v2("POST", "settings/mail/test")
        .json(&json!({"to": "ann@x.test"}))
        .await
        .is_ok()
        .json();
    assert_eq!(trial["ok"], true, "{trial}");
    let again = admin
        .v2("PATCH", "settings/mail")
        .json(&json!({"host": ""}))
        .await
        .is_ok()
        .json();
    assert_eq!(again["stored_at"], json!(null));
    assert_eq!(again["host"], "127.0.0.1");
}

#[tokio::test]
async fn another_server_hears_of_new_settings() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let other = app.another_server(|_| {}).await;
    let settings = json!({
        "host": "127.0.0.1",
        "port": sink.address.port(),
        "security": "none",
        "from_address": "help@desk.test",
    });
    app.admin()
        .await
        .v2("PUT", "settings/mail")
        .json(&settings)
        .await
        .is_ok();
    assert!(!other.state.mail_on());
    other.run_jobs().await;
    assert!(other.state.mail_on());
}

/// Run `ferrodesk mail test` by these settings; whether it succeeded, and what it said.
async fn mail_test(app: &TestApp, sink: &SmtpSink, more: &[(&str, &str)]) -> (bool, String) {
    let certificate = app.folder.path().join("ca.pem");
    std::fs::write(&certificate, &sink.certificate).unwrap();
    let mut command = program_on(&app.database, app.folder.path());
    command
        .args(["mail", "test", "ann@x.test"])
        .env("Mail__Host", "localhost")
        .env("Mail__Port", sink.address.port().to_string())
        .env("Mail__FromAddress", "desk@desk.test")
        .env("Mail__CaFile", &certificate)
        .env("Mail__TimeoutSeconds", "3")
        .envs(more.iter().copied());
    let output = command.output().await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_plain_failure = output.status.code() == Some(1);
    assert!(output.status.success() || is_plain_failure, "{errors}");
    assert!(!said.contains("sesame"), "{said}");
    (output.status.success(), said + &errors)
}

#[tokio::test]
async fn the_command_says_what_is_wrong_and_what_to_do() {
    let app = TestApp::start().await;
    let login = Some(Login::Password("desk", "sesame"));
    let encryption = Encryption::StartTls;
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let right = [("Mail__User", "desk"), ("Mail__Password", "sesame")];
    let (ok, said) = mail_test(&app, &sink, &right).await;
    assert!(ok, "{said}");
    let mail = sink.wait_for(1).await.remove(0);
    assert!(mail.tls && mail.login.is_some());
    for step in [
        "settings",
        "address",
        "connection",
        "encryption",
        "login",
        "sender",
        "recipient",
        "message",
    ] {
        assert!(said.contains(&format!("ok      {step}")), "{step}: {said}");
    }
    for (wrong, advice) in [
        (
            vec![("Mail__User", "desk"), ("Mail__Password", "sesame!")],
            "Are user and password right?",
        ),
        (
            vec![("Mail__Security", "tls")],
            "set the security to starttls",
        ),
        (vec![("Mail__Port", "1")], "right port"),
        (vec![("Mail__CaFile", "")], "Mail:CaFile"),
        (vec![("Mail__Host", "nowhere.invalid")], "spelled right"),
        (vec![("Mail__Host", "")], "Set Mail:Host"),
        (
            vec![("Mail__Security", "none"), right[0], right[1]],
            "Are user and password right?",
        ),
    ] {
        let (ok, said) = mail_test(&app, &sink, &wrong).await;
        assert!(!ok && said.contains(advice), "{wrong:?}: {said}");
        assert_eq!(sink.count(), 1);
    }
    let encryption = Encryption::Tls;
    let login = Some(Login::Password("desk", "sesame"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let with_tls = [("Mail__Security", "tls"), right[0], right[1]];
    let (ok, said) = mail_test(&app, &sink, &with_tls).await;
    assert!(ok, "{said}");
    let (ok, said) = mail_test(&app, &sink, &[("Mail__Security", "starttls")]).await;
    assert!(!ok && said.contains("no answer within 3 seconds"), "{said}");
}
