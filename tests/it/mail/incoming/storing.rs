//! Nothing is lost, nothing is stored twice.

use ferrodesk::domain::incoming_mail::Stored;

use super::{fetched, mail, new_mail, store};
use crate::support::TestApp;

const MAILS: &str = "select count(*) from incoming_mail";

fn with_id(number: u32) -> String {
    let id = format!("Message-ID: <m{number}@x.test>\r\n");
    mail("ann@x.test", "Hello", &id, "text")
}

#[tokio::test]
async fn a_mail_that_is_fetched_again_is_known() {
    let app = TestApp::start().await;
    let first = store(&app, &fetched(&app, 1, (7, 1), with_id(1))).await;
    let again = store(&app, &fetched(&app, 1, (7, 1), with_id(1))).await;
    assert_eq!(again, Stored::Known(first.id()));
    assert_eq!(app.count(MAILS).await, 1);
    app.run_jobs().await;
    let tickets = "select count(*) from tickets";
    assert_eq!(app.count(tickets).await, 1);
    let later = store(&app, &fetched(&app, 1, (7, 1), with_id(1))).await;
    assert_eq!(later, Stored::Known(first.id()));
    app.run_jobs().await;
    assert_eq!(app.count(tickets).await, 1);
}

#[tokio::test]
async fn a_server_may_write_the_same_mail_in_another_way() {
    let app = TestApp::start().await;
    let first = store(&app, &fetched(&app, 1, (7, 1), with_id(1))).await;
    let rewritten = with_id(1).replace("Subject", "X-Added: by a server\r\nSubject");
    let again = store(&app, &fetched(&app, 1, (7, 1), rewritten)).await;
    assert_eq!(again, Stored::Known(first.id()));
}

#[tokio::test]
async fn another_uidvalidity_with_the_same_mails_stores_none_again() {
    let app = TestApp::start().await;
    for number in 1..=5 {
        store(&app, &fetched(&app, 1, (7, number), with_id(number))).await;
    }
    for number in 1..=5 {
        let stored = store(&app, &fetched(&app, 1, (8, 100 - number), with_id(number))).await;
        assert!(matches!(stored, Stored::Known(_)));
    }
    assert_eq!(app.count(MAILS).await, 5);
}

#[tokio::test]
async fn uids_that_are_used_again_for_other_mails_lose_none() {
    let app = TestApp::start().await;
    for number in 1..=5 {
        store(&app, &fetched(&app, 1, (7, number), with_id(number))).await;
    }
    for number in 1..=5 {
        let other = fetched(&app, 1, (7, number), with_id(number + 10));
        assert!(matches!(store(&app, &other).await, Stored::New(_)));
    }
    let nameless = fetched(&app, 1, (7, 1), mail("ann@x.test", "Hello", "", "one"));
    assert!(matches!(store(&app, &nameless).await, Stored::New(_)));
    let nameless = fetched(&app, 1, (7, 1), mail("ann@x.test", "Hello", "", "two"));
    assert!(matches!(store(&app, &nameless).await, Stored::New(_)));
    assert_eq!(app.count(MAILS).await, 12);
}

#[tokio::test]
async fn mails_without_message_id_are_told_apart_by_what_they_say() {
    let app = TestApp::start().await;
    let date = "Date: Wed, 04 Mar 2026 10:15:00 +0100\r\n";
    for (uid, text) in [(1, "one"), (2, "two")] {
        let raw = mail("ann@x.test", "Same subject", date, text);
        assert!(matches!(
            store(&app, &fetched(&app, 1, (7, uid), raw)).await,
            Stored::New(_)
        ));
    }
    let again = mail("ann@x.test", "Same subject", date, "one");
    assert!(matches!(
        store(&app, &fetched(&app, 1, (9, 4), again)).await,
        Stored::Known(_)
    ));
    app.run_jobs().await;
    assert_eq!(app.count("select count(*) from tickets").await, 2);
}

#[tokio::test]
async fn a_mail_to_two_mailboxes_is_stored_in_both() {
    let app = TestApp::start().await;
    for mailbox in [1, 2] {
        let stored = store(&app, &fetched(&app, mailbox, (7, 1), with_id(1))).await;
        assert!(matches!(stored, Stored::New(_)));
    }
    let direct = store(&app, &new_mail(&app, with_id(1))).await;
    assert!(matches!(direct, Stored::New(_)));
    let direct = store(&app, &new_mail(&app, with_id(1))).await;
    assert!(matches!(direct, Stored::Known(_)));
    assert_eq!(app.count(MAILS).await, 3);
}

#[tokio::test]
async fn many_who_store_the_same_mail_at_once_store_it_once() {
    let app = TestApp::start().await;
    let stores = (0..8).map(|_| async { store(&app, &fetched(&app, 1, (7, 1), with_id(1))).await });
    let outcomes = futures_util::future::join_all(stores).await;
    let new = outcomes
        .iter()
        .filter(|each| matches!(each, Stored::New(_)))
        .count();
    assert_eq!(new, 1, "{outcomes:?}");
    assert_eq!(app.count(MAILS).await, 1);
}

#[tokio::test]
async fn the_job_of_a_mail_may_come_twice() {
    let app = TestApp::start().await;
    let id = store(&app, &new_mail(&app, with_id(1))).await.id().0;
    app.run_jobs().await;
    sqlx::query(
        "select graphile_worker.add_job('read_mail', json_build_object('mail_id', $1::bigint))",
    )
    .bind(id)
    .execute(&mut app.database.connect().await)
    .await
    .unwrap();
    app.run_jobs().await;
    assert_eq!(app.count("select count(*) from tickets").await, 1);
}
