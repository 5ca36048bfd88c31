//! What the desk depends on, as its servers report it.

use chrono::TimeDelta;
use ferrodesk::domain::health::{self, Condition, State};
use ferrodesk::health::report;

use crate::support::TestApp;
use crate::support::log::Lines;

async fn reports(app: &TestApp, outcome: Result<(), &str>) {
    report(&app.state.db, app.clock.now(), "mail", outcome).await;
}

async fn known(app: &TestApp) -> Vec<Condition> {
    let mut conn = app.state.db.read().await.unwrap();
    health::list(&mut conn).await.unwrap()
}

#[tokio::test]
async fn two_servers_log_a_failure_of_a_day_once_and_its_end_once() {
    let log = Lines::default();
    let _guard = log.listen();
    let one = TestApp::start().await;
    let other = one.another_server(|_| {}).await;
    let began = one.clock.now();
    reports(&one, Ok(())).await;
    for _ in 0..48 {
        reports(&one, Err("connection refused")).await;
        reports(&other, Err("connection refused")).await;
        for app in [&one, &other] {
            app.clock.advance(TimeDelta::minutes(30));
        }
    }
    let failing = known(&one).await;
    assert_eq!(failing.len(), 1);
    assert_eq!(failing[0].state, State::Failing);
    assert!(failing[0].since - began < TimeDelta::minutes(1));
    assert!(failing[0].last_seen - failing[0].since > TimeDelta::hours(23));
    assert_eq!(failing[0].message.as_deref(), Some("connection refused"));
    reports(&other, Ok(())).await;
    reports(&one, Ok(())).await;
    let text = log.text();
    assert_eq!(text.matches("it does not work").count(), 1, "{text}");
    assert_eq!(text.matches("it works again").count(), 1, "{text}");
    let works = known(&one).await;
    assert_eq!(works[0].state, State::Ok);
    assert_eq!(works[0].message.as_deref(), Some("connection refused"));
}

#[tokio::test]
async fn twenty_reports_at_once_are_one_failure() {
    let log = Lines::default();
    let _guard = log.listen();
    let app = TestApp::start().await;
    let all = (0..20).map(|_| reports(&app, Err("HTTP 500")));
    futures_util::future::join_all(all).await;
    assert_eq!(log.text().matches("it does not work").count(), 1);
    let mut tx = app.state.db.begin().await.unwrap();
    health::forget(&mut tx, "mail").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(known(&app).await, []);
}

#[tokio::test]
async fn a_reason_of_any_length_and_with_any_letters_is_taken() {
    let app = TestApp::start().await;
    reports(&app, Err(&"\u{0}ä".repeat(5_000))).await;
    let message = known(&app).await.remove(0).message.unwrap();
    assert_eq!(message, "ä".repeat(500));
}
