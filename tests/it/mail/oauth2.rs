//! Logins by tokens that are fetched elsewhere.

use ferrodesk::domain::mail_settings::{Login as By, OAuth2};
use ferrodesk::domain::outgoing_mail::{self, MailKind, NewMail};
use serde_json::json;

use crate::support::TestApp;
use crate::support::hook_sink::{Behaviour, HookSink};
use crate::support::smtp::{Encryption, Kind, Login, SmtpSink};

fn token(token: &str) -> Behaviour {
    let headers = vec![("content-type", "application/json".to_owned())];
    // Real ones are long.
    let padding = "x".repeat(2_000);
    let body = json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer", "scope": padding});
    Behaviour::Answer(200, headers, body.to_string())
}

async fn desk(sink: &SmtpSink, logins: &HookSink) -> TestApp {
    let certificate = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(certificate.path(), &sink.certificate).unwrap();
    TestApp::start_with(|settings| {
        sink.takes_mail_of(settings);
        settings.outbound_allow = vec![logins.allowed()];
        settings.mail.ca_file = certificate.path().to_string_lossy().into_owned();
        settings.mail.outgoing.security = ferrodesk::domain::mail_settings::Security::Tls;
        "desk@x.test".clone_into(&mut settings.mail.outgoing.user);
        settings.mail.outgoing.login = By::OAuth2(OAuth2 {
            token_url: format!("http://{}/token", logins.address),
            client_id: "client".to_owned(),
            client_secret: "s&cret".to_owned(),
            refresh_token: "refresh/1".to_owned(),
        });
    })
    .await
}

async fn send(app: &TestApp) {
    let mut tx = app.state.db.begin().await.unwrap();
    let context = app.state.context();
    let mail = NewMail::new(MailKind::Rule, "a@x.test", "Hello", "Text");
    outgoing_mail::insert(&mut tx, &context, mail)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
}

#[tokio::test]
async fn a_token_is_fetched_kept_and_fetched_anew_when_it_is_refused() {
    let encryption = Encryption::Tls;
    let login = Some(Login::Token("desk@x.test", "good"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let logins = HookSink::start().await;
    let app = desk(&sink, &logins).await;
    logins.usually(token("good"));
    send(&app).await;
    let mail = sink.wait_for(1).await.remove(0);
    assert!(mail.tls);
    assert_eq!(mail.login.as_deref(), Some("desk@x.test"));
    app.state.mailer.forget_connections();
    send(&app).await;
    let asked = logins.received();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].body,
        "grant_type=refresh_token&refresh_token=refresh%2F1&client_id=client&client_secret=s%26cret"
    );
    assert_eq!(
        asked[0].header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(sink.count(), 2);
}

#[tokio::test]
async fn a_token_that_was_withdrawn_is_fetched_anew() {
    let encryption = Encryption::Tls;
    let login = Some(Login::Token("desk@x.test", "second"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let logins = HookSink::start().await;
    let app = desk(&sink, &logins).await;
    logins.usually(token("first"));
    send(&app).await;
    assert_eq!(sink.count(), 0);
    logins.usually(token("second"));
    app.state.mailer.forget_connections();
    send(&app).await;
    assert!(sink.count() >= 1);
}

#[tokio::test]
async fn a_refresh_token_that_has_ended_is_told_without_any_secret() {
    let encryption = Encryption::Tls;
    let login = Some(Login::Token("desk@x.test", "good"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let logins = HookSink::start().await;
    let app = desk(&sink, &logins).await;
    let said = json!({"error": "invalid_grant", "error_description": "Token has been revoked."});
    logins.usually(Behaviour::Answer(400, vec![], said.to_string()));
    let trial = app
        .admin()
        .await
        .v2("POST", "settings/mail/test")
        .json(&json!({"to": "ann@x.test"}))
        .await
        .is_ok();
    let text = trial.text();
    assert!(
        text.contains("answered 400: invalid_grant Token has been revoked."),
        "{text}"
    );
    assert!(text.contains("Get a new refresh token"), "{text}");
    assert!(
        !text.contains("refresh/1") && !text.contains("cret\""),
        "{text}"
    );
    let shown = app.admin().await.v2("GET", "settings/mail").await.is_ok();
    assert_eq!(shown.json()["oauth2_refresh_token_set"], true);
    assert!(!shown.text().contains("refresh/1"));
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_sealed() {
    let encryption = Encryption::None;
    let login = Some(Login::Token("desk@x.test", "good"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let logins = HookSink::start().await;
    let app = TestApp::start_with(|settings| {
        settings.outbound_allow = vec![logins.allowed(), sink.address.to_string()];
    })
    .await;
    let admin = app.admin().await;
    let settings = json!({
        "host": "127.0.0.1",
        "port": sink.address.port(),
        "security": "none",
        "user": "desk@x.test",
        "from_address": "desk@x.test",
        "oauth2_token_url": "https://login.example/token",
        "oauth2_client_id": "client",
        "oauth2_refresh_token": "refresh-1",
    });
    admin
        .v2("PUT", "settings/mail")
        .json(&settings)
        .await
        .is_ok();
    // The sink speaks no TLS.
    sqlx::query("update settings set value = jsonb_set(value, '{token_url}', to_jsonb($1::text)) where name = 'mail'")
        .bind(logins.url("/token"))
        .execute(&mut app.database.connect().await)
        .await
        .unwrap();
    let granted = |refresh: &str| {
        let body = json!({"access_token": "good", "expires_in": 1, "refresh_token": refresh});
        Behaviour::Answer(200, vec![], body.to_string())
    };
    for (given, used) in [("refresh-2", "refresh-1"), ("refresh-3", "refresh-2")] {
        logins.usually(granted(given));
        app.state.mailer.forget_connections();
        send(&app).await;
        let asked = logins.take();
        assert_eq!(asked.len(), 1);
        assert!(asked[0].body.contains(used), "{}", asked[0].body);
    }
    assert_eq!(sink.count(), 2);
    let open = "select count(*) from settings where value::text like '%refresh-%'";
    assert_eq!(app.count(open).await, 0);
    // After a restart the last one is used.
    let again = app
        .another_server(|settings| {
            settings.outbound_allow = vec![logins.allowed(), sink.address.to_string()];
            settings.data_path.clone_from(&app.state.settings.data_path);
        })
        .await;
    send(&again).await;
    assert!(logins.take()[0].body.contains("refresh-3"));
}

#[tokio::test]
async fn a_new_refresh_token_for_the_settings_of_the_operator_is_remembered() {
    let encryption = Encryption::Tls;
    let login = Some(Login::Token("desk@x.test", "good"));
    let sink = SmtpSink::start_as(Kind { encryption, login }).await;
    let logins = HookSink::start().await;
    let app = desk(&sink, &logins).await;
    for (given, used) in [("second", "refresh%2F1"), ("third", "second")] {
        let body = json!({"access_token": "good", "expires_in": 1, "refresh_token": given});
        logins.usually(Behaviour::Answer(200, vec![], body.to_string()));
        app.state.mailer.forget_connections();
        send(&app).await;
        assert!(logins.take()[0].body.contains(used));
    }
}
