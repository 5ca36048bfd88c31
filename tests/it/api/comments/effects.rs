use serde_json::{Value, json};

use super::{GENERAL, marks};
use crate::support::TestApp;

#[tokio::test]
async fn the_marks_tell_who_spoke_last() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    assert_eq!(marks(&app, ticket).await, (false, false, false, 1));
    alice.says(ticket, "hurry").await;
    assert_eq!(marks(&app, ticket).await, (true, false, false, 1));
    tech.notes(ticket, "no").await;
    assert_eq!(marks(&app, ticket).await, (true, false, true, 1));
    assert_eq!(
        app.count("select count(*) from tickets where start_date is not null")
            .await,
        0
    );
    tech.says(ticket, "on my way").await;
    assert_eq!(marks(&app, ticket).await, (false, true, false, 2));
    assert_eq!(
        app.count("select count(*) from tickets where start_date is not null")
            .await,
        1
    );
    alice.says(ticket, "thanks").await;
    assert_eq!(marks(&app, ticket).await, (true, false, false, 2));
}

#[tokio::test]
async fn a_system_entry_is_no_reply() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let call = tech
        .post("Comment")
        .param("id", ticket)
        .param("body", "synchronised");
    call.param("isSystem", "True").await.is_ok();
    assert_eq!(marks(&app, ticket).await, (false, false, false, 1));
}

#[tokio::test]
async fn a_public_comment_reopens_a_closed_ticket_and_a_note_does_not() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    app.change(
        "update tickets set status_id = 3, resolved_date = now() where id = $1",
        ticket,
    )
    .await;
    tech.notes(ticket, "glad that is over").await;
    assert_eq!(marks(&app, ticket).await.3, 3);
    alice.says(ticket, "it burns again").await;
    assert_eq!(marks(&app, ticket).await, (true, false, false, 2));
    assert_eq!(
        app.count("select count(*) from tickets where resolved_date is null")
            .await,
        1
    );
    let comments = alice.comments_on(ticket).await;
    assert!(
        comments.iter().any(|comment| comment["IsSystem"] == true),
        "{comments:?}"
    );
}

#[tokio::test]
async fn what_happened_is_in_the_outbox_without_texts() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let tech = app.technician("tech", &[GENERAL]).await;
    let ticket = alice.creates_a_ticket().await;
    let id = tech.notes(ticket, "hush hush").await;
    let payload: Value =
        sqlx::query_scalar("select payload from outbox where event = 'comment.created'")
            .fetch_one(&mut app.database.connect().await)
            .await
            .unwrap();
    assert_eq!(
        payload,
        json!({
            "commentId": id, "userId": tech.id, "forTechsOnly": true, "isSystem": false,
            "recipientIds": null, "files": 0,
        })
    );
}
