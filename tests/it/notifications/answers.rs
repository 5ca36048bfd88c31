//! Answers that nobody wrote, and the thread of a ticket.

use chrono::TimeDelta;
use ferrodesk::domain::ids::TicketId;
use ferrodesk::domain::outgoing_mail::message_id;

use super::{desk, letters, told};

#[tokio::test]
async fn three_confirmations_an_hour_go_to_an_address() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let open = || {
        tess.post("ticket")
            .param("categoryId", 1)
            .param("subject", "Printer")
            .param("body", "It burns")
            .param("userId", ann.id.0)
    };
    for _ in 0..5 {
        open().await.is_ok();
    }
    assert_eq!(told(&app).await, ["confirmation ann"; 3]);
    app.clock.advance(TimeDelta::minutes(61));
    open().await.is_ok();
    assert_eq!(told(&app).await, ["confirmation ann"]);
}

#[tokio::test]
async fn a_confirmation_of_somebody_elses_ticket_carries_nothing_he_wrote() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    app.sql("update users set first_name = 'Evil', last_name = 'Name' where username = 'ann'")
        .await;
    app.sql("insert into mail_templates (name, language, subject, text) values
        ('confirmation', 'en', '#subject#', '#body# #from# #firstName# #lastName# #recent_messages# #originator# #recipients#')")
        .await;
    tess.post("ticket")
        .param("categoryId", 1)
        .param("subject", "Evil subject")
        .param("body", "Evil body")
        .param("userId", ann.id.0)
        .await
        .is_ok();
    // What came by mail may come from anybody.
    ann.post("ticket")
        .param("categoryId", 1)
        .param("subject", "Evil subject")
        .param("body", "Evil body")
        .param("origin", 1)
        .await
        .is_ok();
    let written = letters(&app).await;
    let confirmations: Vec<_> = written
        .iter()
        .filter(|letter| letter.kind == "confirmation")
        .collect();
    assert_eq!(confirmations.len(), 2);
    for letter in confirmations {
        let all = format!(
            "{} {} {} {}",
            letter.subject, letter.text, letter.html, letter.to_name
        );
        assert!(!all.contains("Evil"), "{all}");
        assert!(!all.contains("Name"), "{all}");
        assert_eq!(letter.auto_submitted, "auto-replied");
    }
    // Whoever called himself may read his own words.
    ann.opens("My subject", "My body").await;
    let written = letters(&app).await;
    let own = written
        .iter()
        .find(|letter| letter.kind == "confirmation")
        .unwrap();
    assert!(own.subject.contains("My subject") && own.text.contains("My body"));
}

#[tokio::test]
async fn the_mails_of_a_ticket_are_one_thread() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    let first = letters(&app).await;
    let confirmation = first
        .iter()
        .find(|letter| letter.kind == "confirmation")
        .unwrap();
    let root = &first[0].message_id;
    assert!(first[0].thread.is_empty());
    tess.comments(ticket, "Use water").await;
    tess.comments(ticket, "Or sand").await;
    let replies = letters(&app).await;
    assert_eq!(replies[0].thread.first(), Some(root));
    assert_eq!(
        replies[0].in_reply_to.as_ref(),
        Some(&confirmation.message_id)
    );
    assert_eq!(replies[1].thread.first(), Some(root));
    assert_eq!(
        replies[1].in_reply_to.as_ref(),
        Some(&replies[0].message_id)
    );
    for letter in first.iter().chain(&replies) {
        let ours = message_id::verify(&app.state.keys, &letter.message_id).unwrap();
        assert_eq!(ours.ticket, Some(TicketId(ticket)));
        assert!(
            letter.subject.contains(&format!("[#{ticket}]")),
            "{}",
            letter.subject
        );
    }
}

#[tokio::test]
async fn the_mail_that_made_a_ticket_begins_its_thread() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    app.sql("insert into incoming_mail (received_at, raw, size, sha256, message_id, identity, from_address, state, ticket_id)
        select now(), 'x', 1, 'x', 'first@ann.test', 'first@ann.test', 'ann@desk.test', 'ticket', id from tickets")
        .await;
    tess.comments(ticket, "Use water").await;
    let written = letters(&app).await;
    let reply = written
        .iter()
        .find(|letter| letter.kind == "new_reply")
        .unwrap();
    assert_eq!(reply.thread.first().unwrap(), "first@ann.test");
}

#[tokio::test]
async fn nothing_makes_a_second_line_in_the_head_of_a_mail() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    app.sql("update users set first_name = E'Tess\\r\\nBcc: x@evil.test' where username = 'tess'")
        .await;
    app.sql(
        "insert into mail_templates (name, language, subject, text) values
        ('new_ticket', 'en', '#subject# #body# #from#', 'x')",
    )
    .await;
    app.technician("tom", &[1]).await;
    tess.opens("Printer", "It burns\r\nBcc: x@evil.test").await;
    for letter in letters(&app).await {
        for line in [&letter.subject, &letter.to_name, &letter.to] {
            assert!(!line.contains(['\r', '\n']), "{line:?}");
        }
    }
}
