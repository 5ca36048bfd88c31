use serde_json::json;

use super::{Fetching, check_until, desk, mailbox_at, opened, state, until, until_stored};
use crate::support::TestApp;
use crate::support::dovecot::Dovecot;
use crate::support::log::Lines;

#[tokio::test]
async fn a_login_that_is_rejected_is_seen_warned_of_once_and_recovers_by_itself() {
    let log = Lines::default();
    let _listening = log.listen();
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(2, 500);
    let mut body = mailbox_at(dovecot.port);
    body["password"] = json!("wrong horse");
    let id = admin.makes("mailboxes", body).await;
    let fetching = Fetching::start(&app);
    check_until(&app, id, "it fails", || async {
        state(&app, id).await["failures"].as_i64().unwrap() >= 3
    })
    .await;
    let failing = state(&app, id).await;
    let error = failing["last_error"].as_str().unwrap();
    assert!(
        error.starts_with("the mail server rejects the login: "),
        "{error}"
    );
    assert!(failing["failing_since"].is_string() && failing["next_try_at"].is_string());
    assert_eq!(
        log.text().matches("WARN ferrodesk").count(),
        1,
        "{}",
        log.text()
    );
    assert!(!log.text().contains("wrong horse"));
    dovecot.set_password("wrong horse");
    check_until(&app, id, "it works", || async {
        state(&app, id).await["failing_since"].is_null()
    })
    .await;
    until_stored(&app, 2).await;
    let works = state(&app, id).await;
    assert!(
        works["last_error"].is_null() && works["next_try_at"].is_null(),
        "{works}"
    );
    fetching.stop().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_again() {
    let dovecot = Dovecot::start();
    let nobody = {
        let probe = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        probe.local_addr().unwrap().port()
    };
    let app = TestApp::start_with(|settings| {
        settings.outbound_allow = [opened(nobody), opened(dovecot.port)].concat();
    })
    .await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(nobody)).await;
    let fetching = Fetching::start(&app);
    until("it fails", || async {
        state(&app, id).await["last_error"].is_string()
    })
    .await;
    let error = state(&app, id).await["last_error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        error.starts_with("cannot connect to 127.0.0.1, port "),
        "{error}"
    );
    dovecot.deliver_some(1, 500);
    // A change of the settings is tried at once.
    let change = json!({"port": dovecot.port, "password": "secret"});
    admin
        .v2("PATCH", &format!("mailboxes/{id}"))
        .json(&change)
        .await
        .is_ok();
    until_stored(&app, 1).await;
    fetching.stop().await;
}

#[tokio::test]
async fn an_internal_server_is_named_by_the_operator_first() {
    let dovecot = Dovecot::start();
    dovecot.deliver_some(1, 500);
    // Opened when the mailbox was made, and no more: what is saved is checked again when it is used.
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let data_path = app.state.settings.data_path.clone();
    let other = app
        .another_server(|settings| settings.data_path = data_path)
        .await;
    let fetching = Fetching::start(&other);
    for host in ["127.0.0.1", "localhost"] {
        let change = json!({"host": host, "password": "secret"});
        admin
            .v2("PATCH", &format!("mailboxes/{id}"))
            .json(&change)
            .await
            .is_ok();
        until("it is refused", || async {
            let error = state(&app, id).await["last_error"].clone();
            error.as_str().is_some_and(|text| {
                text.starts_with(&format!("the server {host} leads to an internal address"))
            })
        })
        .await;
    }
    let refused = other
        .admin()
        .await
        .v2("POST", "mailboxes")
        .json(&mailbox_at(dovecot.port))
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    assert_eq!(app.count("select count(*) from incoming_mail").await, 0);
    fetching.stop().await;
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let mut body = mailbox_at(dovecot.port);
    body["folder"] = json!("Nirgends");
    let id = admin.makes("mailboxes", body).await;
    let fetching = Fetching::start(&app);
    until("it fails", || async {
        state(&app, id).await["last_error"].is_string()
    })
    .await;
    let error = state(&app, id).await["last_error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        error.starts_with("the mail server refuses SELECT: Mailbox doesn't exist"),
        "{error}"
    );
    fetching.stop().await;
}

#[tokio::test]
async fn a_secret_sealed_under_another_key_is_asked_for_anew() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    app.sql("update mailboxes set password = 'bm8gc2VhbCBvZiBvdXJzLCBidXQgbG9uZyBlbm91Z2g='")
        .await;
    let fetching = Fetching::start(&app);
    until("it fails", || async {
        state(&app, id).await["last_error"].is_string()
    })
    .await;
    let error = state(&app, id).await["last_error"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(error.contains("another instance key"), "{error}");
    fetching.stop().await;
}

#[tokio::test]
async fn a_lost_connection_with_the_locks_is_made_anew() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(1, 500);
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 1).await;
    let cut = "select count(pg_terminate_backend(pid)) from pg_locks
        where locktype = 'advisory' and granted and objid = 1 and objsubid = 2
            and database = (select oid from pg_database where datname = current_database())";
    let held = "select count(*) from pg_locks
        where locktype = 'advisory' and granted and objid = 1 and objsubid = 2
            and database = (select oid from pg_database where datname = current_database())";
    for number in 2..=4 {
        assert_eq!(app.count(cut).await, 1);
        dovecot.deliver_some(1, 500);
        check_until(&app, id, "it goes on, with its lock", || async {
            app.count("select count(*) from incoming_mail").await == number
                && app.count(held).await == 1
        })
        .await;
    }
    fetching.stop().await;
}
