use std::time::{Duration, Instant};

use serde_json::json;

use super::{
    Fetching, check, check_until, desk, mailbox_at, opened, state, until, until_seen, until_stored,
};
use crate::support::TestApp;
use crate::support::dovecot::{Dovecot, mail};

#[tokio::test]
async fn new_mail_is_stored_as_it_came_and_marked_as_read() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(60, 500);
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 60).await;
    until_seen(&dovecot, 60).await;
    let whole = app
        .count("select count(*) from incoming_mail where mailbox_id = 1 and category_id = 1 and uid = 7 and length(raw) = size")
        .await;
    assert_eq!(whole, 1);
    let raw: Vec<u8> = sqlx::query_scalar("select raw from incoming_mail where uid = 7")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert_eq!(String::from_utf8(raw).unwrap(), mail(7, 500));
    until("the state is written", || async {
        !state(&app, id).await["last_checked_at"].is_null()
    })
    .await;
    let state = state(&app, id).await;
    assert!(state["last_message_at"].is_string(), "{state}");
    assert!(
        state["failing_since"].is_null() && state["last_error"].is_null(),
        "{state}"
    );
    assert_eq!(state["has_password"], json!(true));
    fetching.stop().await;
}

#[tokio::test]
async fn mail_is_marked_only_after_the_commit() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(1, 500);
    let mut other = app.database.connect().await;
    sqlx::raw_sql("begin; lock table fetched_mail in exclusive mode")
        .execute(&mut other)
        .await
        .unwrap();
    admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'fetched_mail'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    until("the mail is about to be stored", || async {
        app.count(waiting).await == 1
    })
    .await;
    assert_eq!(dovecot.seen("INBOX"), 0);
    sqlx::raw_sql("rollback").execute(&mut other).await.unwrap();
    until_stored(&app, 1).await;
    until_seen(&dovecot, 1).await;
    fetching.stop().await;
}

#[tokio::test]
async fn a_server_that_can_tells_of_new_mail_at_once() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until("the mailbox is checked", || async {
        !state(&app, id).await["last_checked_at"].is_null()
    })
    .await;
    for number in 1..=3 {
        let begun = Instant::now();
        dovecot.deliver_some(1, 500);
        until_stored(&app, number).await;
        // Without being told, it would look after a minute.
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
    fetching.stop().await;
}

#[tokio::test]
async fn only_unread_mail_is_taken_at_first_and_all_that_is_new_afterwards() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(2, 500);
    // Another mailbox reads these first.
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_seen(&dovecot, 2).await;
    fetching.stop().await;
    app.sql("delete from mailboxes; delete from incoming_mail")
        .await;
    dovecot.deliver_some(1, 500);
    let mut other = mailbox_at(dovecot.port);
    other["name"] = json!("Other");
    let other = admin.makes("mailboxes", other).await;
    assert_ne!(other, id);
    let fetching = Fetching::start(&app);
    until_stored(&app, 1).await;
    until_seen(&dovecot, 3).await;
    fetching.stop().await;
    // Somebody reads new mail before us.
    dovecot.deliver_some(1, 500);
    dovecot.mark_new_read();
    let fetching = Fetching::start(&app);
    until_stored(&app, 2).await;
    fetching.stop().await;
}

#[tokio::test]
async fn mail_is_moved_or_deleted_when_the_mailbox_says_so() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(3, 500);
    let mut body = mailbox_at(dovecot.port);
    body["after_reading"] = json!("move");
    body["move_to_folder"] = json!("Erledigt & übernommen");
    let id = admin.makes("mailboxes", body).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 3).await;
    let folder = "Erledigt &- &APw-bernommen";
    until("they are moved", || async {
        dovecot.count("INBOX") == 0 && dovecot.seen(folder) == 3
    })
    .await;
    let change = json!({"after_reading": "delete"});
    admin
        .v2("PATCH", &format!("mailboxes/{id}"))
        .json(&change)
        .await
        .is_ok();
    dovecot.deliver_some(2, 500);
    until_stored(&app, 5).await;
    until("they are deleted", || async { dovecot.count("INBOX") == 0 }).await;
    assert_eq!(dovecot.count(folder), 3);
    fetching.stop().await;
}

#[tokio::test]
async fn of_a_mail_that_is_too_large_a_person_sees_the_headers() {
    let dovecot = Dovecot::start();
    let app = TestApp::start_with(|settings| {
        settings.outbound_allow = opened(dovecot.port);
        settings.limits.mail_bytes = 4000;
    })
    .await;
    let admin = app.admin().await;
    dovecot.deliver_some(1, 500);
    dovecot.deliver_some(1, 8000);
    dovecot.deliver_some(1, 500);
    let mut body = mailbox_at(dovecot.port);
    body["after_reading"] = json!("delete");
    admin.makes("mailboxes", body).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 3).await;
    let quarantined = app
        .count("select count(*) from incoming_mail where state = 'quarantined' and reason = 'too_large' and size < 4000
            and detail like 'The mail holds%' and message_id = '2@mail.test' and subject = 'Mail 2'
            and from_address = 'max@customer.test'")
        .await;
    assert_eq!(quarantined, 1);
    // Nobody has the rest of it: it stays, read.
    until("the others are gone", || async {
        dovecot.count("INBOX") == 1 && dovecot.seen("INBOX") == 1
    })
    .await;
    fetching.stop().await;
}

#[tokio::test]
async fn a_mail_of_many_megabytes_is_fetched_whole() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let text = mail(1, 25_000_000);
    dovecot.deliver(text.as_bytes());
    admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 1).await;
    until_seen(&dovecot, 1).await;
    let raw: Vec<u8> = sqlx::query_scalar("select raw from incoming_mail")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    assert!(raw == text.as_bytes());
    fetching.stop().await;
}

#[tokio::test]
async fn of_two_servers_one_reads_a_mailbox_and_the_other_follows() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    // Both have the key that seals passwords.
    let data_path = app.state.settings.data_path.clone();
    let second = app
        .another_server(|settings| {
            settings.outbound_allow = opened(dovecot.port);
            settings.data_path = data_path;
        })
        .await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let (one, two) = (Fetching::start(&app), Fetching::start(&second));
    dovecot.deliver_some(5, 500);
    until_stored(&app, 5).await;
    until_seen(&dovecot, 5).await;
    let held = "select count(*) from pg_locks where locktype = 'advisory' and granted and objid = 1 and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())";
    assert_eq!(app.count(held).await, 1);
    one.stop().await;
    dovecot.deliver_some(5, 500);
    check_until(&app, id, "the other has it", || async {
        app.count("select count(*) from incoming_mail").await == 10
    })
    .await;
    two.stop().await;
    assert_eq!(app.count(held).await, 0);
}

#[tokio::test]
async fn a_mailbox_that_is_switched_off_or_deleted_is_read_no_more() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    let id = admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    dovecot.deliver_some(1, 500);
    until_stored(&app, 1).await;
    let held = "select count(*) from pg_locks where locktype = 'advisory' and granted and objid = 1 and objsubid = 2
        and database = (select oid from pg_database where datname = current_database())";
    let path = format!("mailboxes/{id}");
    admin
        .v2("PATCH", &path)
        .json(&json!({"enabled": false}))
        .await
        .is_ok();
    until("it is let go", || async { app.count(held).await == 0 }).await;
    dovecot.deliver_some(1, 500);
    check(&app, id).await;
    admin
        .v2("PATCH", &path)
        .json(&json!({"enabled": true}))
        .await
        .is_ok();
    until_stored(&app, 2).await;
    assert_eq!(admin.v2("DELETE", &path).await.status, 204);
    until("it is let go", || async { app.count(held).await == 0 }).await;
    // Its mail stays.
    assert_eq!(app.count("select count(*) from incoming_mail").await, 2);
    fetching.stop().await;
}

#[tokio::test]
async fn no_mailbox_is_read_when_the_operator_says_so() {
    let app = TestApp::start_with(|settings| settings.disable_mail_checker = true).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let run = ferrodesk::mail::imap::run(app.state.clone(), stop);
    tokio::time::timeout(Duration::from_secs(10), run)
        .await
        .expect("it returns at once");
}
