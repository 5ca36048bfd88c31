//! From the outbox to the queue.

use crate::support::TestApp;

const LISTENED: &str = r#"insert into rules (name, definition) values
    ('r', '{"trigger": {"type": "closed"}, "conditions": [], "actions": []}')"#;

#[tokio::test]
async fn events_get_positions_without_gaps_in_their_order_and_are_handled_once() {
    let app = TestApp::start().await;
    app.sql(LISTENED).await;
    let alice = app.customer("alice").await;
    for _ in 0..3 {
        alice.creates_a_ticket().await;
    }
    let untold = "select count(*) from outbox where position is null";
    let events = app.count("select count(*) from outbox").await;
    assert!(events >= 3);
    assert_eq!(app.count(untold).await, events);

    app.run_jobs().await;
    assert_eq!(app.count(untold).await, 0);
    let handled = "select count(*) from outbox where handled_at is not null";
    assert_eq!(app.count(handled).await, events);
    let in_order = "select count(*) from (
            select position, row_number() over (order by id) as n from outbox
        ) event where position = n";
    assert_eq!(app.count(in_order).await, events);
    let left = "select count(*) from graphile_worker._private_jobs";
    assert_eq!(app.count(left).await, 0);

    // A job that comes a second time finds the event handled.
    app.sql(
        "update outbox set handled_at = '2001-01-01';
        select graphile_worker.add_job('event', json_build_object('event_id', (select min(id) from outbox)))",
    )
    .await;
    app.run_jobs().await;
    let as_before = "select count(*) from outbox where handled_at = '2001-01-01'";
    assert_eq!(app.count(as_before).await, events);
}

#[tokio::test]
async fn where_nobody_listens_events_need_no_jobs() {
    let app = TestApp::start_with(|settings| settings.disable_rate_limit = true).await;
    app.customer("alice").await.creates_a_ticket().await;
    app.run_jobs().await;
    assert_eq!(
        app.count("select count(*) from outbox where handled_at is null or position is null")
            .await,
        0
    );
}

#[tokio::test]
async fn events_are_kept_for_seven_days() {
    let app = TestApp::start().await;
    app.customer("alice").await.creates_a_ticket().await;
    app.run_jobs().await;
    let events = app.count("select count(*) from outbox").await;
    let housekeeping = "select count(graphile_worker.add_job('housekeeping', '{}'))";
    app.clock.advance(chrono::TimeDelta::days(6));
    app.count(housekeeping).await;
    app.run_jobs().await;
    assert_eq!(app.count("select count(*) from outbox").await, events);
    app.clock.advance(chrono::TimeDelta::days(2));
    app.count(housekeeping).await;
    app.run_jobs().await;
    assert_eq!(app.count("select count(*) from outbox").await, 0);
}
