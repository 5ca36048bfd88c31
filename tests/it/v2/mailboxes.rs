use serde_json::{Value, json};

use super::is_problem;
use crate::support::TestApp;

fn mailbox() -> Value {
    json!({
        "name": "Support", "address": "support@desk.test", "category_id": 1, "host": "imap.desk.test",
        "username": "support", "password": "tr0ub4dor"
    })
}

#[tokio::test]
async fn usual_values_are_filled_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = admin.v2("POST", "mailboxes").json(&mailbox()).await;
    assert_eq!(made.status, 201);
    insta::assert_json_snapshot!(made.json(), @r#"
    {
      "id": 1,
      "name": "Support",
      "enabled": true,
      "address": "support@desk.test",
      "category_id": 1,
      "protocol": "imap",
      "host": "imap.desk.test",
      "port": 993,
      "security": "tls",
      "username": "support",
      "oauth2": null,
      "folder": "INBOX",
      "after_reading": "seen",
      "move_to_folder": null
    }
    "#);
}

#[tokio::test]
async fn secrets_are_sealed_and_shown_nowhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut body = mailbox();
    body["oauth2"] = json!({
        "token_url": "https://login.test/token", "client_id": "c", "client_secret": "cl13nt", "refresh_token": "r3fr3sh"
    });
    let made = admin.v2("POST", "mailboxes").json(&body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let shown = [
        made.text(),
        admin.v2("GET", "mailboxes").await.is_ok().text(),
        admin.v2("GET", "mailboxes/1").await.is_ok().text(),
        admin.v2("GET", "mailboxes/1/state").await.is_ok().text(),
        admin.v2("GET", "audit_log").await.is_ok().text(),
    ];
    let stored: String = sqlx::query_scalar("select (mailboxes.*)::text from mailboxes")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    for text in shown.iter().chain([&stored]) {
        for secret in ["tr0ub4dor", "cl13nt", "r3fr3sh"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let state = admin.v2("GET", "mailboxes/1/state").await.is_ok().json();
    assert_eq!(
        (&state["has_password"], &state["has_refresh_token"]),
        (&json!(true), &json!(true))
    );
    let audit = "select count(*) from audit_log where action = 'mailbox.secrets_changed'
        and after = '{\"changed\": [\"password\", \"client_secret\", \"refresh_token\"]}'";
    assert_eq!(app.count(audit).await, 1);
}

#[tokio::test]
async fn secrets_stay_unless_they_are_given_anew() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.makes("mailboxes", mailbox()).await;
    let sealed = "select count(*) from mailboxes where password is not null";
    let rename = json!({"name": "Help"});
    admin.v2("PATCH", "mailboxes/1").json(&rename).await.is_ok();
    let mut whole = mailbox();
    whole.as_object_mut().unwrap().remove("password");
    admin.v2("PUT", "mailboxes/1").json(&whole).await.is_ok();
    assert_eq!(app.count(sealed).await, 1);
    let forget = json!({"password": ""});
    admin.v2("PATCH", "mailboxes/1").json(&forget).await.is_ok();
    assert_eq!(app.count(sealed).await, 0);
}

#[tokio::test]
async fn a_secret_is_not_sent_elsewhere_by_somebody_who_was_never_shown_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut body = mailbox();
    body["oauth2"] = json!({
        "token_url": "https://login.test/token", "client_id": "c", "refresh_token": "r3fr3sh"
    });
    admin.makes("mailboxes", body).await;
    for change in [
        json!({"host": "evil.test"}),
        json!({"port": 994}),
        json!({"username": "other"}),
        json!({"security": "none"}),
    ] {
        let reply = admin.v2("PATCH", "mailboxes/1").json(&change).await;
        is_problem(&reply, 400, "invalid", Some("password"));
    }
    let change = json!({"oauth2": {"token_url": "https://evil.test/token", "client_id": "c"}});
    let reply = admin.v2("PATCH", "mailboxes/1").json(&change).await;
    is_problem(&reply, 400, "invalid", Some("oauth2.refresh_token"));
    let change = json!({"host": "new.test", "password": "x", "oauth2": null});
    admin.v2("PATCH", "mailboxes/1").json(&change).await.is_ok();
    assert_eq!(
        app.count("select count(*) from mailboxes where oauth2_refresh_token is not null")
            .await,
        0
    );
}

#[tokio::test]
async fn what_cannot_be_a_mailbox_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (field, value) in [
        ("host", json!("imap.test:993")),
        ("host", json!("https://imap.test")),
        ("host", json!("[::1]")),
        ("host", json!("a b")),
        ("port", json!(65536)),
        ("port", json!(-1)),
        ("address", json!("nobody")),
        ("username", json!("")),
        ("folder", json!("a\nb")),
        ("password", json!("a\r\nb")),
        ("category_id", json!(4711)),
        ("oauth2.token_url", json!("http://login.test")),
        ("oauth2.token_url", json!("http://127.0.0.1:1@login.test")),
        ("move_to_folder", json!("Inbox")),
        ("host", json!("169.254.169.254")),
        ("host", json!("0.0.0.0")),
        ("oauth2.token_url", json!("https://169.254.169.254/token")),
        ("oauth2.token_url", json!("https://127.0.0.1/token")),
    ] {
        let mut body = mailbox();
        match field {
            "oauth2.token_url" => body["oauth2"] = json!({"token_url": value, "client_id": "c"}),
            "move_to_folder" => {
                body["after_reading"] = json!("move");
                body[field] = value;
            }
            field => body[field] = value,
        }
        let reply = admin.v2("POST", "mailboxes").json(&body).await;
        is_problem(&reply, 400, "invalid", Some(field));
    }
    admin.makes("mailboxes", mailbox()).await;
    let mut same = mailbox();
    same["name"] = json!("SUPPORT");
    let reply = admin.v2("POST", "mailboxes").json(&same).await;
    is_problem(&reply, 409, "conflict", Some("name"));
    let mut same = mailbox();
    same["name"] = json!("Other");
    same["address"] = json!("Support@Desk.test");
    let reply = admin.v2("POST", "mailboxes").json(&same).await;
    is_problem(&reply, 409, "conflict", Some("address"));
}

#[tokio::test]
async fn a_category_that_a_mailbox_needs_is_not_deleted_but_replaced() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = admin.makes("categories", json!({"name": "Mail"})).await;
    let mut body = mailbox();
    body["category_id"] = json!(category);
    admin.makes("mailboxes", body).await;
    let path = format!("categories/{category}");
    let reply = admin.v2("DELETE", &path).await;
    is_problem(&reply, 409, "in_use", None);
    assert!(reply.text().contains("1 mailboxes"), "{}", reply.text());
    let reply = admin.v2("DELETE", &format!("{path}?move_to=1")).await;
    assert_eq!(reply.status, 204);
    let mailbox = admin.v2("GET", "mailboxes/1").await.is_ok().json();
    assert_eq!(mailbox["category_id"], json!(1));
}

#[tokio::test]
async fn who_checks_a_mailbox_that_is_not_there_is_told() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (verb, path) in [("GET", "mailboxes/1/state"), ("POST", "mailboxes/1/check")] {
        is_problem(&admin.v2(verb, path).await, 404, "not_found", None);
    }
}
