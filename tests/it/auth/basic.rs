use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ferrodesk::domain::users::password;

use crate::support::TestApp;
use crate::support::call::{Call, Credentials, Reply};
use crate::support::people::password_of;

/// The answer to a login: 501 as long as nothing behind it is there.
async fn log_in(app: &TestApp, login: &str, password: &str) -> Reply {
    let credentials = Credentials::Basic(login.to_owned(), password.to_owned());
    Call::new(app, reqwest::Method::GET, "/api/assets", credentials).await
}

/// The answer to an `Authorization` header as it stands.
async fn send(app: &TestApp, header: &str) -> Reply {
    app.anonymous()
        .get("assets")
        .header("authorization", header)
        .await
}

#[tokio::test]
async fn a_user_logs_in_by_name_or_e_mail_in_any_case_and_with_a_domain() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    for login in [
        "alice",
        "ALICE",
        "alice@desk.test",
        "Alice@Desk.Test",
        "CORP\\alice",
        "corp\\Alice@desk.test",
    ] {
        log_in(&app, login, &password_of("alice"))
            .await
            .has_status(501);
    }
    alice.get("assets").await.has_status(501);
}

#[tokio::test]
async fn the_whole_name_goes_before_the_part_after_the_backslash() {
    let app = TestApp::start().await;
    app.customer("bob").await;
    app.customer("CORP\\bob").await;
    log_in(&app, "corp\\bob", &password_of("CORP\\bob"))
        .await
        .has_status(501);
    log_in(&app, "corp\\bob", &password_of("bob"))
        .await
        .is_unauthorized();
}

#[tokio::test]
async fn a_password_may_hold_colons_and_any_letters() {
    let app = TestApp::start().await;
    let carol = app.customer("carol").await;
    for secret in ["a:b::c:", "Grüße, 世界", &"x".repeat(128)] {
        sqlx::query("update users set password_hash = $2 where id = $1")
            .bind(carol.id.0)
            .bind(password::hash(secret).unwrap())
            .execute(&mut app.database.connect().await)
            .await
            .unwrap();
        log_in(&app, "carol", secret).await.has_status(501);
    }
    // ISO 8859-1, as older clients send it.
    sqlx::query("update users set password_hash = $2 where id = $1")
        .bind(carol.id.0)
        .bind(password::hash("Grüße").unwrap())
        .execute(&mut app.database.connect().await)
        .await
        .unwrap();
    let latin = BASE64_STANDARD.encode(b"carol:Gr\xfc\xdfe");
    send(&app, &format!("Basic {latin}")).await.has_status(501);
}

#[tokio::test]
async fn a_malformed_header_is_401_with_a_text() {
    let app = TestApp::start().await;
    app.anonymous().get("assets").await.is_unauthorized();
    for header in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YWxpY2U=",
        "Digest YWxpY2U=",
        "Bearer",
        "",
        "alice",
    ] {
        let reply = send(&app, header).await.is_unauthorized();
        assert_eq!(
            reply.headers["www-authenticate"],
            "Basic realm=\"Ferrodesk\""
        );
        assert_eq!(reply.headers["content-type"], "text/plain; charset=utf-8");
        assert!(reply.text().ends_with('.'), "{}", reply.text());
    }
    assert_eq!(app.count("select count(*) from login_streaks").await, 0);
}

#[tokio::test]
async fn a_browser_is_not_asked_for_a_password() {
    let app = TestApp::start().await;
    let reply = app
        .anonymous()
        .get("assets")
        .header("sec-fetch-site", "cross-site")
        .await
        .is_unauthorized();
    assert!(!reply.headers.contains_key("www-authenticate"));
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case_and_with_any_blanks() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let encoded = BASE64_STANDARD.encode("alice:password-of-alice");
    for header in [
        format!("basic {encoded}"),
        format!("BASIC   {encoded}"),
        format!("Basic {}", encoded.trim_end_matches('=')),
    ] {
        send(&app, &header).await.has_status(501);
    }
}

#[tokio::test]
async fn a_password_over_1024_bytes_is_refused_before_hashing() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    log_in(&app, "alice", &"x".repeat(1025))
        .await
        .is_bad("password");
    assert!(password::hash(&"x".repeat(1024)).is_ok());
    assert!(password::hash(&"x".repeat(1025)).is_err());
}
