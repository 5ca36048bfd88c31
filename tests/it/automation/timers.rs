//! Rules that wait for a moment.

use chrono::TimeDelta;
use serde_json::json;

use super::{part, with};
use crate::support::TestApp;
use crate::support::people::Person;

const TAG: &str = "escalated";

async fn escalates(admin: &Person<'_>, trigger: serde_json::Value) {
    let note = json!([
        with("add_techs_only_note", "Escalated"),
        with("add_tag", TAG)
    ]);
    admin
        .makes_a_rule("escalate", trigger, json!([]), note)
        .await;
}

fn notes(bodies: &[String]) -> usize {
    bodies.iter().filter(|body| *body == "Escalated").count()
}

#[tokio::test]
async fn a_ticket_that_becomes_overdue_fires_once_also_after_a_restart() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    escalates(&admin, part("becomes_overdue")).await;
    app.run_timers().await;
    let ticket = admin.creates_a_ticket().await;
    let due = (app.clock.now() + TimeDelta::hours(2)).format("%Y-%m-%d %H:%M:%S");
    let set = admin.post("UpdateTicket").param("id", ticket);
    set.param("dueDate", due.to_string()).await.is_done();
    app.clock.advance(TimeDelta::minutes(119));
    app.run_timers().await;
    assert_eq!(notes(&admin.reads(ticket).await), 0);

    app.clock.advance(TimeDelta::minutes(2));
    app.run_timers().await;
    app.run_timers().await;
    assert_eq!(notes(&admin.reads(ticket).await), 1);

    // Another server, which has never heard of it, and its clock a little behind.
    let other = app.another_server(|_| {}).await;
    other.clock.advance(TimeDelta::minutes(115));
    other.run_timers().await;
    other.clock.advance(TimeDelta::hours(3));
    other.run_timers().await;
    assert_eq!(notes(&admin.reads(ticket).await), 1);
}

#[tokio::test]
async fn a_new_due_date_is_a_new_moment() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    escalates(&admin, part("becomes_overdue")).await;
    app.run_timers().await;
    let ticket = admin.creates_a_ticket().await;
    for turn in 1..=2 {
        let due = (app.clock.now() + TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S");
        let set = admin.post("UpdateTicket").param("id", ticket);
        set.param("dueDate", due.to_string()).await.is_done();
        app.clock.advance(TimeDelta::minutes(61));
        app.run_timers().await;
        assert_eq!(notes(&admin.reads(ticket).await), turn);
    }
}

#[tokio::test]
async fn a_ticket_that_nobody_touches_fires_and_one_that_is_closed_does_not() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    escalates(&admin, with("not_updated_for", 60)).await;
    app.run_timers().await;
    let quiet = admin.creates_a_ticket().await;
    let closed = admin.creates_a_ticket().await;
    admin.post("Close").param("id", closed).await.is_done();
    app.clock.advance(TimeDelta::minutes(59));
    app.run_timers().await;
    assert_eq!(notes(&admin.reads(quiet).await), 0);
    app.clock.advance(TimeDelta::minutes(2));
    app.run_timers().await;
    assert_eq!(notes(&admin.reads(quiet).await), 1);
    assert_eq!(notes(&admin.reads(closed).await), 0);
}

#[tokio::test]
async fn what_was_overdue_before_the_rule_is_not_its_business() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ticket = admin.creates_a_ticket().await;
    let due = (app.clock.now() + TimeDelta::hours(1)).format("%Y-%m-%d %H:%M:%S");
    let set = admin.post("UpdateTicket").param("id", ticket);
    set.param("dueDate", due.to_string()).await.is_done();
    app.clock.advance(TimeDelta::hours(2));
    escalates(&admin, part("becomes_overdue")).await;
    app.run_timers().await;
    app.clock.advance(TimeDelta::hours(1));
    app.run_timers().await;
    assert_eq!(notes(&admin.reads(ticket).await), 0);
}
