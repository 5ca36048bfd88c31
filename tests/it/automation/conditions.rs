//! Conditions, each against a ticket for which it holds and one for which it does not.

use serde_json::{Value, json};

use super::{part, with};
use crate::support::TestApp;
use crate::support::people::Person;

async fn a_rule_with(admin: &Person<'_>, condition: &Value) -> i64 {
    let (trigger, action) = (part("triggered_by_another_rule"), with("set_priority", 2));
    let name = condition.to_string();
    admin
        .makes_a_rule(&name, trigger, json!([condition]), json!([action]))
        .await
}

#[tokio::test]
async fn conditions_hold_for_what_they_say_and_for_nothing_else() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tess = app.technician("tess", &[1]).await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let create = ann.post("Ticket").param("categoryId", 1);
    let create = create.param("subject", "It is URGENT");
    let create = create.param("body", "The <b>printer</b> hums");
    let create = create.param("priorityId", 1).param("tags", "hardware");
    let ticket = create.await.is_ok().number();
    let other = bob.creates_a_ticket().await;
    let set = admin.post("UpdateTicket").param("id", ticket);
    set.param("assignedUserId", tess.id).await.is_done();
    let reply = tess.post("Comment").param("id", ticket);
    reply.param("body", "Looking at it").await.is_ok();
    let due = app.clock.now() + chrono::TimeDelta::minutes(30);
    let set = admin.post("UpdateTicket").param("id", ticket);
    let due = due.format("%Y-%m-%d %H:%M:%S").to_string();
    set.param("dueDate", due).await.is_done();
    app.clock.advance(chrono::TimeDelta::minutes(10));

    let conditions: Vec<(Value, bool)> = vec![
        (with("subject_contains", "urgent"), true),
        (with("body_contains", "the printer hums"), true),
        (with("latest_reply_contains", "LOOKING"), true),
        (with("priority_is", 1), true),
        (with("submitter_is", ann.id.0), true),
        (with("assignee_is", tess.id.0), true),
        (with("has_tag", "Hardware"), true),
        (part("updated_by_tech"), true),
        (with("due_within", 30), true),
        // Of the other one.
        (part("assignee_is_none"), false),
        (part("unanswered"), false),
        (with("status_is", 1), false),
    ];
    for (condition, of_first) in conditions {
        let rule = a_rule_with(&admin, &condition).await;
        for (ticket, holds) in [(ticket, of_first), (other, !of_first)] {
            let path = format!("rules/{rule}/dry-run?ticketId={ticket}");
            let said = admin.v2("POST", &path).await.is_ok().json();
            assert_eq!(said["would_run"], holds, "{condition}: {said}");
        }
    }
    for condition in [with("created_more_than_ago", 5), with("category_is", 1)] {
        let rule = a_rule_with(&admin, &condition).await;
        let path = format!("rules/{rule}/dry-run?ticketId={ticket}");
        let said = admin.v2("POST", &path).await.is_ok().json();
        assert_eq!(said["would_run"], true, "{condition}");
    }
}
