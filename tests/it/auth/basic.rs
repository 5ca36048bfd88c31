use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ferrodesk::domain::users::password;

use super::{log_in, send};
use crate::support::TestApp;
use crate::support::people::password_of;

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
        log_in(&app, login, &password_of("alice")).await.is_ok();
    }
    alice
        .call(reqwest::Method::GET, "/user/token")
        .await
        .is_ok();
}

#[tokio::test]
async fn the_whole_name_goes_before_the_part_after_the_backslash() {
    let app = TestApp::start().await;
    app.customer("bob").await;
    app.customer("CORP\\bob").await;
    log_in(&app, "corp\\bob", &password_of("CORP\\bob"))
        .await
        .is_ok();
    log_in(&app, "corp\\bob", &password_of("bob"))
        .await
        .is_unauthorized();
}

#[tokio::test]
async fn a_password_may_hold_colons_and_any_letters() {
    let app = TestApp::start().await;
    let carol = app.customer("carol").await;
    for secret in ["a:b::c:", "Grüße, 世界", &"x".repeat(128)] {
        app.set_password(carol.id, secret).await;
        log_in(&app, "carol", secret).await.is_ok();
    }
    // ISO 8859-1, as older clients send it.
    app.set_password(carol.id, "Grüße").await;
    let latin = BASE64_STANDARD.encode(b"carol:Gr\xfc\xdfe");
    send(&app, &format!("Basic {latin}")).await.is_ok();
}

#[tokio::test]
async fn a_malformed_header_is_401_with_a_text() {
    let app = TestApp::start().await;
    super::anonymous(&app).await.is_unauthorized();
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
    let reply = super::anonymous(&app)
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
        send(&app, &header).await.is_ok();
    }
}

#[tokio::test]
async fn a_password_over_1024_bytes_is_refused_before_hashing() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let long = "x".repeat(1025);
    let logins = (0..50).map(|_| log_in(&app, "alice", &long));
    for reply in futures_util::future::join_all(logins).await {
        reply.is_bad("password");
    }
    assert_eq!(app.state.callers.hashed_passwords(), 0);
    assert!(password::hash(&"x".repeat(1024)).is_ok());
    assert!(password::hash(&long).is_err());
}

#[tokio::test]
async fn nobody_can_tell_why_a_login_failed() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    app.customer("gone").await;
    app.customer("disabled").await;
    app.customer("passwordless").await;
    app.sql(
        "update users set disabled = true where username = 'disabled';
         update users set deleted_at = now() where username = 'gone';
         update users set password_hash = null where username = 'passwordless'",
    )
    .await;
    let mut replies = vec![];
    for (login, password) in [
        ("nobody", "x".to_owned()),
        ("alice", "wrong".to_owned()),
        ("disabled", password_of("disabled")),
        ("gone", password_of("gone")),
        ("passwordless", password_of("passwordless")),
        ("passwordless", String::new()),
        ("", String::new()),
        ("al\0ice", password_of("alice")),
        ("DOMAIN\\", String::new()),
    ] {
        app.sql("delete from login_streaks").await;
        let before = app.state.callers.hashed_passwords();
        let reply = log_in(&app, login, &password).await.is_unauthorized();
        // Each costs the same hash.
        assert_eq!(app.state.callers.hashed_passwords(), before + 1, "{login}");
        let mut headers = reply.headers.clone();
        headers.remove("date");
        headers.remove("x-request-id");
        replies.push((headers, reply.text()));
    }
    for reply in &replies {
        assert_eq!(reply, &replies[0]);
    }
}

#[tokio::test]
async fn only_the_very_password_opens() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let stored: String = sqlx::query_scalar("select password_hash from users where id = $1")
        .bind(alice.id.0)
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert!(
        stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{stored}"
    );
    for wrong in [
        stored.as_str(),
        "",
        "password-of-alice\0",
        "password-of-alice ",
        "Password-of-alice",
        "password-of-alicé",
    ] {
        app.sql("delete from login_streaks").await;
        log_in(&app, "alice", wrong).await.is_unauthorized();
    }
}

#[tokio::test]
async fn a_password_is_hashed_once_in_five_minutes() {
    let app = TestApp::start().await;
    app.customer("alice").await;
    let password = password_of("alice");
    let at_once = (0..20).map(|_| log_in(&app, "alice", &password));
    for reply in futures_util::future::join_all(at_once).await {
        reply.is_ok();
    }
    log_in(&app, "ALICE@desk.test", &password).await.is_ok();
    assert_eq!(app.state.callers.hashed_passwords(), 1);
}

#[tokio::test]
async fn the_old_password_is_dead_at_once() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    log_in(&app, "alice", &password_of("alice")).await.is_ok();
    app.set_password(alice.id, "new").await;
    log_in(&app, "alice", &password_of("alice"))
        .await
        .is_unauthorized();
    log_in(&app, "alice", "new").await.is_ok();
    app.sql("update users set disabled = true").await;
    log_in(&app, "alice", "new").await.is_unauthorized();
}
