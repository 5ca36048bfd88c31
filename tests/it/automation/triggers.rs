use serde_json::json;

use super::{part, with};
use crate::support::TestApp;
use crate::support::call::Call;
use crate::support::people::Person;

/// Every trigger that an event sets off, as a rule of that name.
const TRIGGERS: [&str; 10] = [
    "ticket_created",
    "new_reply",
    "new_reply_by_submitter",
    "status_changed",
    "closed",
    "reopened",
    "assigned",
    "category_changed",
    "priority_changed",
    "due_date_changed",
];

#[tokio::test]
async fn each_trigger_is_set_off_by_what_it_names_and_by_nothing_else() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (tess, ann) = (
        app.technician("tess", &[1]).await,
        app.customer("ann").await,
    );
    for kind in TRIGGERS {
        admin
            .makes_a_rule(kind, part(kind), json!([]), json!([]))
            .await;
    }
    let other = admin.makes("categories", json!({ "name": "Other" })).await;
    let ticket = ann.creates_a_ticket().await;
    let mut before = 0;
    let mut now = async |expected: &[&str]| {
        app.run_jobs().await;
        let ran = admin.ran(ticket).await;
        assert_eq!(ran[before..], *expected);
        before = ran.len();
    };
    now(&["ticket_created"]).await;
    let update = |name: &str, value: &str| {
        admin
            .post("UpdateTicket")
            .param("id", ticket)
            .param(name, value)
    };
    update("priorityId", "1").await.is_done();
    now(&["priority_changed"]).await;
    // The same again is no change.
    update("priorityId", "1").await.is_done();
    now(&[]).await;
    update("dueDate", "2030-01-01").await.is_done();
    now(&["due_date_changed"]).await;
    update("dueDate", "").await.is_done();
    now(&["due_date_changed"]).await;
    update("subject", "Another").await.is_done();
    now(&[]).await;
    // An assignment is the begin of the work.
    update("assignedUserId", &tess.id.to_string())
        .await
        .is_done();
    now(&["assigned", "status_changed"]).await;
    said(&ann, ticket, false).await.is_ok();
    now(&["new_reply", "new_reply_by_submitter"]).await;
    said(&tess, ticket, false).await.is_ok();
    now(&["new_reply"]).await;
    said(&tess, ticket, true).await.is_ok();
    now(&[]).await;
    admin.post("Close").param("id", ticket).await.is_done();
    now(&["closed", "status_changed"]).await;
    // By a reply, which is one as well.
    said(&ann, ticket, false).await.is_ok();
    now(&[
        "reopened",
        "status_changed",
        "new_reply",
        "new_reply_by_submitter",
    ])
    .await;
    update("categoryId", &other.to_string()).await.is_done();
    now(&["category_changed"]).await;
}

#[tokio::test]
async fn a_ticket_that_is_opened_for_somebody_is_assigned() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tess = app.technician("tess", &[1]).await;
    for kind in ["assigned", "status_changed"] {
        admin
            .makes_a_rule(kind, part(kind), json!([]), json!([]))
            .await;
    }
    let made = tess.post("Ticket").param("categoryId", 1);
    let made = made.param("subject", "s").param("body", "b");
    let made = made.param("priorityId", 0);
    let ticket = made
        .param("assignedToUserId", tess.id)
        .await
        .is_ok()
        .number();
    app.run_jobs().await;
    assert_eq!(admin.ran(ticket).await, ["assigned"]);
}

#[tokio::test]
async fn a_rule_may_wait_for_one_field_or_for_any() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut fields = vec![];
    for name in ["a", "b"] {
        let field = json!({ "name": name, "usage": "tickets", "type": "text" });
        fields.push(admin.makes("custom_fields", field).await);
    }
    let edited = |value| with("custom_field_edited", value);
    let none = json!([]);
    admin
        .makes_a_rule("a", edited(json!(fields[0])), none.clone(), none.clone())
        .await;
    admin
        .makes_a_rule("any", edited(json!(null)), none.clone(), none)
        .await;
    let ticket = admin.creates_a_ticket().await;
    for field in &fields {
        let set = admin.post("SetCustomField").param("ticketId", ticket);
        let set = set.param("fieldId", field).param("value", "x");
        set.await.is_done();
        app.run_jobs().await;
    }
    assert_eq!(admin.ran(ticket).await, ["a", "any", "any"]);
}

#[tokio::test]
async fn rules_run_in_their_order_and_see_what_those_before_did() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let critical = json!([with("priority_is", 2)]);
    for (name, order, conditions, priority) in [
        ("last", 3, &critical, 0),
        ("first", 1, &json!([]), 2),
        ("second", 2, &critical, 1),
    ] {
        let draft = json!({
            "name": name, "order": order, "trigger": part("ticket_created"),
            "conditions": conditions, "actions": [with("set_priority", priority)],
        });
        admin.makes("rules", draft).await;
    }
    let ticket = admin.creates_a_ticket().await;
    app.run_jobs().await;
    assert_eq!(admin.ran(ticket).await, ["first", "second"]);
    assert_eq!(admin.sees(ticket).await["Priority"], 1);
}

#[tokio::test]
async fn a_disabled_rule_and_one_with_strange_parts_do_not_run() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = admin
        .makes_a_rule("off", part("ticket_created"), json!([]), json!([]))
        .await;
    app.sql(
        r#"insert into rules (name, definition) values
        ('strange', '{"trigger": {"type": "ticket_created"}, "conditions": [{"type": "moon_is", "value": "full"}], "actions": []}'),
        ('odd', '{"trigger": {"type": "ticket_created"}, "conditions": [], "actions": [{"type": "brew_tea"}]}')"#,
    )
    .await;
    let first = admin.creates_a_ticket().await;
    app.run_jobs().await;
    assert_eq!(admin.ran(first).await, ["off"]);
    let path = format!("rules/{rule}");
    let off = admin.v2("PATCH", &path).json(&json!({ "enabled": false }));
    off.await.is_ok();
    let second = admin.creates_a_ticket().await;
    app.run_jobs().await;
    assert!(admin.runs(second).await.is_empty());
}

fn said<'a>(who: &Person<'a>, ticket: i32, techs_only: bool) -> Call<'a> {
    who.post("Comment")
        .param("id", ticket)
        .param("body", "Well")
        .param("forTechsOnly", techs_only)
}
