//! A forgotten password: what a stranger can learn or do by it, which is nothing.

use chrono::TimeDelta;
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::TestApp;
use crate::support::call::{Credentials, Reply};
use crate::support::people::{Person, password_of};
use crate::support::smtp::SmtpSink;

async fn desk(sink: &SmtpSink) -> TestApp {
    TestApp::start_with(|settings| sink.takes_mail_of(settings)).await
}

/// Somebody with an address.
async fn ann(app: &TestApp) -> Person<'_> {
    let ann = app.customer("ann").await;
    app.sql("update users set email = 'Ann@x.test' where username = 'ann'")
        .await;
    ann
}

async fn ask(app: &TestApp, name: &str, login: &str) -> Reply {
    let nobody = app.anonymous();
    nobody
        .call(Method::POST, "/User/LostPassword")
        .param(name, login)
        .await
}

/// The token of the last mail.
async fn token(app: &TestApp, sink: &SmtpSink, mails: usize) -> String {
    app.run_jobs().await;
    let mail = sink.wait_for(mails).await.pop().unwrap();
    let parsed = mail_parser::MessageParser::default()
        .parse(mail.raw.as_bytes())
        .unwrap();
    let text = parsed.body_text(0).unwrap().into_owned();
    let (_, rest) = text
        .split_once("http://desk.test/User/ResetPassword?token=")
        .expect("a link");
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn set(app: &TestApp, token: &str, password: &str) -> Reply {
    let nobody = app.anonymous();
    nobody
        .call(Method::POST, "/User/ResetPassword")
        .param("Token", token)
        .param("Password", password)
        .await
}

async fn may_enter(app: &TestApp, password: &str) -> bool {
    let person = app.known("ann", password);
    person.get("Authorization").await.status == 200
}

/// A client of its own for each try: three wrong ones in a row block an address.
async fn forget_wrong_tries(app: &TestApp) {
    app.sql("delete from login_streaks").await;
}

#[tokio::test]
async fn a_link_by_mail_sets_a_new_password_once_and_ends_every_token() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    let ann = ann(&app).await;
    let bearer = ann.call(Method::GET, "/User/Token").await.is_ok().text();
    let form = app
        .anonymous()
        .call(Method::GET, "/User/LostPassword")
        .await
        .is_ok();
    let policy = form.headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; form-action 'self'"),
        "{policy}"
    );
    assert!(!form.text().contains("<script"));
    app.sql("update users set lang = 'de', first_name = 'Änne' where username = 'ann'")
        .await;
    ask(&app, "Email", "ann@X.test").await.is_ok();
    let token = token(&app, &sink, 1).await;
    assert_eq!(token.len(), 43);
    let mail = sink.mails().remove(0);
    let parsed = mail_parser::MessageParser::default()
        .parse(mail.raw.as_bytes())
        .unwrap();
    let text = parsed.body_text(0).unwrap();
    assert!(text.contains("Passwort") && text.contains("Änne"), "{text}");
    let html = parsed.body_html(0).unwrap();
    assert!(html.contains(&token), "{html}");
    // Whoever checks mail for bad links looks at the page.
    for _ in 0..2 {
        let page = app
            .anonymous()
            .call(Method::GET, &format!("/User/ResetPassword?token={token}"))
            .await
            .is_ok();
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
    }
    let twice = app
        .anonymous()
        .call(Method::POST, "/User/ResetPassword")
        .param("Token", &token)
        .param("Password", "one")
        .param("Again", "two")
        .await
        .has_status(400);
    assert!(twice.text().contains("not the same"));
    set(&app, &token, "").await.has_status(400);
    set(&app, &token, &"x".repeat(1025)).await.has_status(400);
    set(&app, &token, "new one").await.is_ok();
    assert!(may_enter(&app, "new one").await);
    assert!(!may_enter(&app, &password_of("ann")).await);
    let old = Person {
        app: &app,
        id: ann.id,
        name: "ann".into(),
        credentials: Credentials::Bearer(bearer),
    };
    old.get("Authorization").await.is_unauthorized();
    is_used_up(&app, &token).await;
}

/// A second use is as good as garbage.
async fn is_used_up(app: &TestApp, token: &str) {
    let again = set(app, token, "another").await.has_status(400);
    let garbage = set(app, "garbage", "another").await.has_status(400);
    assert_eq!(again.text(), garbage.text());
    let audited = "select count(*) from audit_log where action = 'user.password_reset' and after->>'by' = 'mail'";
    assert_eq!(app.count(audited).await, 1);
}

#[tokio::test]
async fn a_link_dies_with_time_and_with_everything_that_makes_it_needless() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    let admin = app.admin().await;
    let mut mails = 0;
    for end in [
        "time", "login", "password", "address", "disabled", "deleted",
    ] {
        app.clock.advance(TimeDelta::hours(2));
        forget_wrong_tries(&app).await;
        ask(&app, "username", "ann").await.is_ok();
        mails += 1;
        let token = token(&app, &sink, mails).await;
        match end {
            "time" => app.clock.advance(TimeDelta::minutes(61)),
            "login" => assert!(may_enter(&app, &password_of("ann")).await),
            "password" => {
                let path = format!("users/{}/password", app.customer("ann").await.id);
                let password = serde_json::json!({"password": "by an administrator"});
                admin.v2("PUT", &path).json(&password).await.has_status(204);
            }
            "address" => {
                app.sql("update users set email = 'other@x.test' where username = 'ann'")
                    .await;
            }
            "disabled" => {
                app.sql("update users set disabled = true where username = 'ann'")
                    .await;
            }
            _ => {
                app.sql("update users set deleted_at = now() where username = 'ann'")
                    .await;
            }
        }
        let garbage = set(&app, "garbage", "new one").await.has_status(400);
        let dead = set(&app, &token, "new one").await.has_status(400);
        assert_eq!(dead.text(), garbage.text(), "{end}");
        app.sql("update users set disabled = false, deleted_at = null where username = 'ann'")
            .await;
        assert!(!may_enter(&app, "new one").await, "{end}");
    }
}

#[tokio::test]
async fn a_link_is_good_for_59_minutes() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    ask(&app, "Email", "ann@x.test").await.is_ok();
    let token = token(&app, &sink, 1).await;
    app.clock.advance(TimeDelta::minutes(59));
    set(&app, &token, "new one").await.is_ok();
}

#[tokio::test]
async fn what_is_no_token_reads_like_one_that_was_used() {
    let app = TestApp::start().await;
    let garbage = set(&app, "garbage", "x").await.has_status(400).text();
    for token in [
        "",
        " ",
        "%20",
        "null",
        "0",
        "[]",
        &"A".repeat(43),
        &"A".repeat(5000),
    ] {
        forget_wrong_tries(&app).await;
        assert_eq!(
            set(&app, token, "x").await.has_status(400).text(),
            garbage,
            "{token}"
        );
    }
    forget_wrong_tries(&app).await;
    let list = app
        .anonymous()
        .call(Method::POST, "/User/ResetPassword")
        .json(&serde_json::json!({"token": ["a", "b"], "password": "x"}))
        .await
        .has_status(400);
    assert_eq!(list.text(), garbage);
}

#[tokio::test]
async fn guesses_at_tokens_count_as_wrong_passwords() {
    let app = TestApp::start().await;
    for _ in 0..3 {
        set(&app, &"A".repeat(43), "x").await.has_status(400);
    }
    let blocked = set(&app, &"A".repeat(43), "x").await.has_status(429);
    assert!(blocked.headers.contains_key("retry-after"));
    app.customer("bob")
        .await
        .get("Authorization")
        .await
        .has_status(429);
}

#[tokio::test]
async fn nobody_learns_whether_there_is_such_a_user() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    app.customer("off").await;
    app.sql("update users set email = 'off@x.test', disabled = true where username = 'off'")
        .await;
    let known = ask(&app, "Email", "ann@x.test").await.is_ok();
    for login in [
        "nobody@x.test",
        "off@x.test",
        "",
        "a@b'; --",
        &"x".repeat(9_000),
    ] {
        let reply = ask(&app, "Email", login).await;
        if login.is_empty() {
            continue;
        }
        let reply = reply.is_ok();
        assert_eq!(reply.text(), known.text(), "{login}");
        let names = |reply: &Reply| {
            let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
            names.sort();
            names
        };
        assert_eq!(names(&reply), names(&known), "{login}");
    }
    // What is done while the client waits is the same, too: a row and a job.
    assert_eq!(app.count("select count(*) from password_requests").await, 5);
    app.run_jobs().await;
    assert_eq!(sink.count(), 1);
    assert_eq!(sink.mails()[0].to, ["Ann@x.test"]);
    assert_eq!(app.count("select count(*) from password_requests").await, 0);
}

#[tokio::test]
async fn an_address_gets_three_links_an_hour_and_a_client_asks_ten_times_a_minute() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    for _ in 0..10 {
        ask(&app, "Email", "ann@x.test").await.is_ok();
    }
    ask(&app, "Email", "ann@x.test").await.has_status(429);
    app.run_jobs().await;
    assert_eq!(sink.count(), 3);
    app.clock.advance(TimeDelta::minutes(61));
    ask(&app, "Email", "ann@x.test").await.is_ok();
    app.run_jobs().await;
    assert_eq!(sink.count(), 4);
}

#[tokio::test]
async fn the_link_leads_to_the_address_of_the_settings_whatever_host_is_asked() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    let body = "Email=ann@x.test";
    let mut mails = 0;
    for (target, headers) in [
        ("/User/LostPassword", "Host: evil.test\r\n"),
        (
            "/User/LostPassword",
            "Host: desk.test\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: https\r\n",
        ),
        (
            "/User/LostPassword",
            "Host: desk.test\r\nHost: evil.test\r\n",
        ),
        ("http://evil.test/User/LostPassword", "Host: desk.test\r\n"),
        ("/User/LostPassword", "Host: ok:80@evil.test\r\n"),
        (
            "/User/LostPassword",
            "Host: desk.test.evil\r\nForwarded: host=evil.test\r\n",
        ),
        (
            "/helpdesk/User/LostPassword",
            "Host: evil.test\r\nX-Original-URL: http://evil.test/\r\n",
        ),
    ] {
        app.clock.advance(TimeDelta::hours(2));
        let mut stream = tokio::net::TcpStream::connect(app.address).await.unwrap();
        let request = format!(
            "POST {target} HTTP/1.1\r\n{headers}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(!answer.contains("evil"), "{answer}");
        if answer.starts_with("HTTP/1.1 200") {
            mails += 1;
            token(&app, &sink, mails).await;
        } else {
            assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
        assert!(sink.mails().iter().all(|mail| !mail.raw.contains("evil")));
    }
    assert!(mails >= 5, "only {mails} were answered");
}

#[tokio::test]
async fn a_token_stands_in_its_mail_and_nowhere_else() {
    let sink = SmtpSink::start().await;
    let app = desk(&sink).await;
    ann(&app).await;
    let log = crate::support::log::Lines::default();
    let listening = log.listen();
    ask(&app, "Email", "ann@x.test").await.is_ok();
    let token = token(&app, &sink, 1).await;
    app.anonymous()
        .call(Method::GET, &format!("/User/ResetPassword?token={token}"))
        .await
        .is_ok();
    let admin = app.admin().await;
    for path in ["outgoing_mail", "audit_log"] {
        let shown = admin.v2("GET", path).await.is_ok().text();
        assert!(
            !shown.contains(&token) && !shown.contains("ResetPassword?"),
            "{path}"
        );
    }
    assert!(!log.text().contains(&token));
    drop(listening);
    for table in [
        "outgoing_mail",
        "password_resets",
        "audit_log",
        "outbox",
        "graphile_worker._private_jobs",
    ] {
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "select count(*) from {table} row where to_jsonb(row)::text like '%' || $1 || '%'"
        )))
        .bind(&token)
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
        assert_eq!(found, 0, "{table}");
    }
}

#[tokio::test]
async fn pages_of_other_sites_ask_for_nothing() {
    let app = TestApp::start().await;
    for path in ["/User/LostPassword", "/User/ResetPassword"] {
        let reply = app
            .anonymous()
            .call(Method::POST, path)
            .header("sec-fetch-site", "cross-site")
            .param("Email", "ann@x.test")
            .await;
        reply.has_status(403);
    }
}
