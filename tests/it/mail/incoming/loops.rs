//! What must not be answered, and those who write too much.

use chrono::TimeDelta;

use super::{desk, mail, new_mail, outcome, receive, shown, store};

#[tokio::test]
async fn mail_that_nobody_wrote_is_stored_and_seen_and_does_nothing() {
    let app = desk().await;
    let admin = app.admin().await;
    let ticket = app.customer("owner").await.creates_a_ticket().await;
    admin.post("Close").param("id", ticket).await.is_done();
    let comments = "select count(*) from comments";
    let before = app.count(comments).await;
    for (header, reason) in [
        ("Auto-Submitted: auto-replied\r\n", "automatic_reply"),
        (
            "Auto-Submitted: auto-generated; owner-email=x\r\n",
            "automatic_reply",
        ),
        ("X-Auto-Response-Suppress: DR, OOF\r\n", "automatic_reply"),
        ("Precedence: auto_reply\r\n", "automatic_reply"),
        ("Precedence: junk\r\n", "automatic_reply"),
        ("Precedence: bulk\r\n", "list"),
        ("Precedence: list\r\n", "list"),
        ("List-Id: <l.x.test>\r\n", "list"),
        ("Return-Path: <>\r\n", "bounce"),
    ] {
        let raw = mail("owner@desk.test", "Re: [#1] printer", header, "I am away.");
        let read = receive(&app, raw).await;
        assert_eq!(outcome(&read), format!("ignored {reason}"), "{header}");
        assert_eq!(read["subject"], "Re: [#1] printer");
    }
    assert_eq!(app.count(comments).await, before);
    let shown = admin.get("Ticket").param("id", ticket).await.is_ok().json();
    assert_eq!(shown["StatusID"], 3);
    assert_eq!(app.count("select count(*) from tickets").await, 1);
}

#[tokio::test]
async fn the_envelope_of_a_bounce_is_from_nobody() {
    let app = desk().await;
    let mut bounce = new_mail(&app, mail("owner@desk.test", "Re: [#1]", "", "x"));
    bounce.envelope_from = Some(String::new());
    let id = store(&app, &bounce).await.id().0;
    app.run_jobs().await;
    let read = shown(&app.admin().await, id).await;
    assert_eq!(outcome(&read), "ignored bounce");
}

#[tokio::test]
async fn our_own_mail_that_comes_back_is_known() {
    let app = desk().await;
    let id = ferrodesk::domain::outgoing_mail::message_id::new(&app.state.context(), None).unwrap();
    let header = format!("Message-ID: <{id}>\r\n");
    let read = receive(&app, mail("owner@desk.test", "Hello", &header, "x")).await;
    assert_eq!(outcome(&read), "ignored own_mail");
    let read = receive(&app, mail("DESK@desk.test", "Hello", "", "x")).await;
    assert_eq!(outcome(&read), "ignored own_mail");
}

#[tokio::test]
async fn one_sender_opens_ten_tickets_an_hour_and_staff_is_told_once() {
    let app = desk().await;
    for number in 0..30 {
        let raw = mail("mad@x.test", &format!("Number {number}"), "", "x");
        store(&app, &new_mail(&app, raw)).await;
    }
    app.run_jobs().await;
    let tickets = "select count(*) from tickets";
    let waiting =
        "select count(*) from incoming_mail where state = 'quarantined' and reason = 'too_many'";
    let told = "select count(*) from outbox where event = 'incoming_mail.flood'";
    assert_eq!(app.count(tickets).await, 10);
    assert_eq!(app.count(waiting).await, 20);
    assert_eq!(app.count(told).await, 1);
    // Others are not kept waiting by that, and an hour later he may again.
    assert_eq!(
        outcome(&receive(&app, mail("ann@x.test", "Chair", "", "x")).await),
        "ticket"
    );
    app.clock.advance(TimeDelta::minutes(61));
    let read = receive(&app, mail("mad@x.test", "Later", "", "x")).await;
    assert_eq!(outcome(&read), "ticket");
}
