use super::{Fetching, check_until, desk, mailbox_at, state, until_seen, until_stored};
use crate::support::dovecot::{Dovecot, mail};
use crate::support::fault_proxy::FaultProxy;

#[tokio::test]
async fn connections_that_break_in_the_middle_of_a_mail_lose_and_double_nothing() {
    let dovecot = Dovecot::start();
    let proxy = FaultProxy::start(dovecot.port).await;
    let app = desk(proxy.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(75, 10_000);
    proxy.break_after(&[60_000, 1_500, 400, 205_000, 31_000, 9_000, 100_000]);
    let id = admin.makes("mailboxes", mailbox_at(proxy.port)).await;
    let fetching = Fetching::start(&app);
    check_until(&app, id, "all are stored", || async {
        proxy.breaks_left() == 0 && app.count("select count(*) from incoming_mail").await == 75
    })
    .await;
    assert!(proxy.connections() > 7);
    check_until(&app, id, "all are marked", || async {
        dovecot.seen("INBOX") == 75
    })
    .await;
    let distinct =
        "select count(distinct message_id) from incoming_mail where state <> 'quarantined'";
    assert_eq!(app.count(distinct).await, 75);
    assert_eq!(app.count("select count(*) from incoming_mail").await, 75);
    fetching.stop().await;
}

#[tokio::test]
async fn a_mail_that_breaks_every_connection_stops_no_other_and_is_not_forgotten() {
    let dovecot = Dovecot::start();
    let proxy = FaultProxy::start(dovecot.port).await;
    proxy.break_at(b"POISON");
    let app = desk(proxy.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(3, 500);
    dovecot.deliver((mail(4, 500) + "POISON\r\n").as_bytes());
    dovecot.deliver_some(3, 500);
    let id = admin.makes("mailboxes", mailbox_at(proxy.port)).await;
    let fetching = Fetching::start(&app);
    check_until(&app, id, "the others are stored", || async {
        app.count("select count(*) from incoming_mail").await >= 6
    })
    .await;
    check_until(&app, id, "a person sees it", || async {
        app.count("select count(*) from incoming_mail where state = 'quarantined'")
            .await
            == 1
    })
    .await;
    let poison = "select count(*) from incoming_mail
        where reason = 'not_fetched' and message_id = '4@mail.test' and detail like '%lies in the mailbox still%'";
    assert_eq!(app.count(poison).await, 1);
    assert_eq!(app.count("select count(*) from incoming_mail").await, 7);
    check_until(&app, id, "it works again", || async {
        state(&app, id).await["failing_since"].is_null()
    })
    .await;
    fetching.stop().await;
}

#[tokio::test]
async fn a_server_that_numbers_its_mail_anew_makes_nothing_new_of_the_old() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(3, 500);
    admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_seen(&dovecot, 3).await;
    fetching.stop().await;
    dovecot.renumber(4711);
    dovecot.mark_all_unread();
    dovecot.deliver_some(2, 500);
    let fetching = Fetching::start(&app);
    until_stored(&app, 5).await;
    until_seen(&dovecot, 5).await;
    let anew = "select count(*) from fetched_mail where uid_validity = 4711 and is_settled";
    assert_eq!(app.count(anew).await, 5);
    assert_eq!(app.count("select count(*) from incoming_mail").await, 5);
    fetching.stop().await;
}

#[tokio::test]
async fn a_server_that_gives_numbers_twice_hides_no_mail() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    dovecot.deliver_some(3, 500);
    admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_seen(&dovecot, 3).await;
    fetching.stop().await;
    let validity: i64 = sqlx::query_scalar("select uid_validity from mailboxes")
        .fetch_one(&mut app.database.connect().await)
        .await
        .unwrap();
    // As after a restore by somebody who thought of everything but the numbers.
    dovecot.start_over();
    dovecot.deliver_some(4, 900);
    dovecot.renumber(u32::try_from(validity).unwrap());
    let fetching = Fetching::start(&app);
    until_stored(&app, 7).await;
    until_seen(&dovecot, 4).await;
    let twice = "select count(*) from (
        select uid_validity, uid from incoming_mail group by uid_validity, uid having count(*) = 2) twice";
    assert_eq!(app.count(twice).await, 3);
    fetching.stop().await;
}

#[tokio::test]
async fn mails_without_a_message_id_are_told_apart_by_their_bytes() {
    let dovecot = Dovecot::start();
    let app = desk(dovecot.port).await;
    let admin = app.admin().await;
    for text in ["one", "two"] {
        dovecot.deliver(
            format!("From: a@b.test\r\nSubject: same\r\nDate: Wed, 25 Nov 2026 10:00:00 +0000\r\n\r\n{text}\r\n")
                .as_bytes(),
        );
    }
    admin.makes("mailboxes", mailbox_at(dovecot.port)).await;
    let fetching = Fetching::start(&app);
    until_stored(&app, 2).await;
    until_seen(&dovecot, 2).await;
    fetching.stop().await;
}
