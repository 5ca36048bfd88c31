//! Who is told of what.

use super::{desk, letters, told};
use crate::support::TestApp;

#[tokio::test]
async fn a_new_ticket_is_told_to_the_technicians_of_its_category_and_confirmed_to_its_submitter() {
    let app = desk().await;
    app.admin().await;
    app.technician("tess", &[1]).await;
    app.technician("tom", &[1]).await;
    app.sql("insert into categories (id, name) values (50, 'Other')")
        .await;
    app.technician("theo", &[50]).await;
    app.customer("ann").await.opens("Printer", "It burns").await;
    assert_eq!(
        told(&app).await,
        ["confirmation ann", "new_ticket tess", "new_ticket tom"]
    );
}

#[tokio::test]
async fn an_administrator_is_told_of_new_tickets_where_he_is_a_technician() {
    let app = desk().await;
    app.admin().await;
    app.technician("admin", &[1]).await;
    app.customer("ann").await.opens("Printer", "It burns").await;
    assert_eq!(told(&app).await, ["confirmation ann", "new_ticket admin"]);
}

#[tokio::test]
async fn a_confirmation_may_be_left_out() {
    let app = desk().await;
    let ann = app.customer("ann").await;
    ann.post("ticket")
        .param("categoryId", 1)
        .param("subject", "Printer")
        .param("body", "It burns")
        .param("suppressConfirmation", true)
        .await
        .is_ok();
    assert!(told(&app).await.is_empty());
}

#[tokio::test]
async fn a_ticket_assigned_at_once_is_told_to_its_technician_once() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let tom = app.technician("tom", &[1]).await;
    app.technician("tim", &[1]).await;
    let ann = app.customer("ann").await;
    tess.post("ticket")
        .param("categoryId", 1)
        .param("subject", "Printer")
        .param("body", "It burns")
        .param("userId", ann.id.0)
        .param("assignedToUserId", tom.id.0)
        .await
        .is_ok();
    assert_eq!(
        told(&app).await,
        ["assigned tom", "confirmation ann", "new_ticket tim"]
    );
}

#[tokio::test]
async fn a_reply_is_told_to_the_subscribers_but_its_author() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let tom = app.technician("tom", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    tess.post("AddSubscriber")
        .param("id", ticket)
        .param("userId", tom.id.0)
        .await
        .is_ok();
    told(&app).await;
    tess.comments(ticket, "Use water").await;
    assert_eq!(told(&app).await, ["new_reply ann", "new_reply tom"]);
    ann.comments(ticket, "It helped").await;
    assert_eq!(told(&app).await, ["new_reply tom"]);
}

#[tokio::test]
async fn a_reply_is_told_to_those_who_were_chosen() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let bob = app.customer("bob").await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    tess.post("AddSubscriber")
        .param("id", ticket)
        .param("userId", bob.id.0)
        .await
        .is_ok();
    told(&app).await;
    tess.post("comment")
        .param("id", ticket)
        .param("body", "Between us")
        .param("recipientIds", bob.id.0)
        .await
        .is_ok();
    assert_eq!(told(&app).await, ["new_reply bob"]);
}

#[tokio::test]
async fn a_note_is_told_to_technicians_only_and_never_stands_in_mail_to_others() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let tom = app.technician("tom", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    tess.post("AddSubscriber")
        .param("id", ticket)
        .param("userId", tom.id.0)
        .await
        .is_ok();
    told(&app).await;
    tess.post("comment")
        .param("id", ticket)
        .param("body", "She is a nuisance")
        .param("forTechsOnly", true)
        .await
        .is_ok();
    let written = letters(&app).await;
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(
        (written[0].kind.as_str(), written[0].to.as_str()),
        ("note", "tom@desk.test")
    );
    assert!(written[0].text.contains("She is a nuisance"));
    // Not even by a template that shows everything there is.
    app.sql(
        "insert into mail_templates (name, language, subject, text) values
        ('new_reply', 'en', '#subject#', '#recent_messages# #most_recent_message#')",
    )
    .await;
    tess.comments(ticket, "We look into it").await;
    for letter in letters(&app).await {
        let for_tom = letter.to == "tom@desk.test";
        assert_eq!(letter.text.contains("nuisance"), for_tom, "{letter:?}");
        assert_eq!(letter.html.contains("nuisance"), for_tom, "{letter:?}");
    }
}

#[tokio::test]
async fn closing_is_told_to_the_subscribers_unless_it_is_silent() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    told(&app).await;
    tess.post("UpdateTicket")
        .param("id", ticket)
        .param("statusId", 3)
        .await
        .is_ok();
    assert_eq!(told(&app).await, ["closed ann"]);
    tess.post("UpdateTicket")
        .param("id", ticket)
        .param("statusId", 2)
        .await
        .is_ok();
    tess.post("Close")
        .param("id", ticket)
        .param("suppressNotification", true)
        .await
        .is_ok();
    assert!(told(&app).await.is_empty());
}

#[tokio::test]
async fn an_assignment_is_told_to_the_new_assignee_unless_he_took_it_himself() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    let tom = app.technician("tom", &[1]).await;
    let ticket = app.customer("ann").await.opens("Printer", "It burns").await;
    told(&app).await;
    let assign = |to: i32| {
        tess.post("UpdateTicket")
            .param("id", ticket)
            .param("assignedUserId", to)
    };
    assign(tess.id.0).await.is_ok();
    assert!(told(&app).await.is_empty());
    assign(tom.id.0).await.is_ok();
    assert_eq!(told(&app).await, ["assigned tom"]);
    assign(0).await.is_ok();
    assert!(told(&app).await.is_empty());
    // Assigned and closed at once: one mail.
    assign(tom.id.0).param("statusId", 3).await.is_ok();
    assert_eq!(told(&app).await, ["assigned tom", "closed ann"]);
}

#[tokio::test]
async fn whoever_wants_no_mail_is_disabled_or_has_no_address_gets_none() {
    let app = desk().await;
    let tess = app.technician("tess", &[1]).await;
    for name in ["mute", "gone", "lost"] {
        app.technician(name, &[1]).await;
    }
    app.sql("update users set send_email = false where username = 'mute'")
        .await;
    app.sql("update users set disabled = true where username = 'gone'")
        .await;
    app.sql("update users set email = '' where username = 'lost'")
        .await;
    let ann = app.customer("ann").await;
    let ticket = ann.opens("Printer", "It burns").await;
    assert_eq!(told(&app).await, ["confirmation ann", "new_ticket tess"]);
    app.sql(
        "insert into subscribers (ticket_id, user_id)
        select t.id, u.id from tickets t, users u where u.username in ('mute', 'gone', 'lost')",
    )
    .await;
    tess.comments(ticket, "Use water").await;
    assert_eq!(told(&app).await, ["new_reply ann"]);
}

#[tokio::test]
async fn a_new_user_is_welcomed_when_it_is_asked_for() {
    let app = desk().await;
    let admin = app.admin().await;
    let make = |name: &str| {
        admin
            .post("CreateUser")
            .param("username", name)
            .param("password", "a-good-password")
            .param("email", format!("{name}@desk.test"))
    };
    make("quiet").param("sendWelcomeEmail", false).await.is_ok();
    assert!(told(&app).await.is_empty());
    make("new").param("sendWelcomeEmail", true).await.is_ok();
    let written = letters(&app).await;
    assert_eq!(written.len(), 1);
    assert_eq!(
        (written[0].kind.as_str(), written[0].to.as_str()),
        ("welcome", "new@desk.test")
    );
    assert!(
        written[0].text.contains("http://desk.test/"),
        "{}",
        written[0].text
    );
    assert!(!written[0].text.contains("a-good-password"));
}

#[tokio::test]
async fn without_a_mail_server_there_is_no_mail() {
    let app = TestApp::start().await;
    app.technician("tess", &[1]).await;
    app.customer("ann").await.opens("Printer", "It burns").await;
    assert!(told(&app).await.is_empty());
}
