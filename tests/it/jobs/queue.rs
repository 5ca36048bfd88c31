//! Jobs are seen, tried again and taken out; none is lost when a worker dies.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use crate::support::TestApp;
use crate::support::program::{answer, program_on, refusal};

/// A job that cannot be done.
const HOPELESS: &str = r#"select count(graphile_worker.add_job('event', '{"event_id": "none"}'))"#;
/// As if it had been tried for three days.
const GIVE_UP: &str = "update graphile_worker._private_jobs set attempts = max_attempts";

async fn one_job(app: &TestApp) -> Value {
    let page = app.admin().await.v2("GET", "jobs").await.is_ok().json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    page["items"][0].clone()
}

#[tokio::test]
async fn a_job_that_fails_waits_is_kept_and_can_be_tried_again_or_discarded() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.count(HOPELESS).await;
    app.run_jobs().await;
    let job = one_job(&app).await;
    assert_eq!(job["kind"], "event");
    assert_eq!(job["state"], "waiting");
    assert_eq!(job["attempts"], 1);
    assert_eq!(job["payload"], json!({ "event_id": "none" }));
    assert!(job["last_error"].as_str().unwrap().contains("invalid type"));
    app.sql(GIVE_UP).await;
    app.run_jobs().await;
    assert_eq!(one_job(&app).await["state"], "failed");

    let path = format!("jobs/{}", job["id"]);
    let retried = admin.v2("POST", &format!("{path}/retry")).await;
    assert_eq!(retried.is_ok().json()["state"], "waiting");
    app.run_jobs().await;
    assert_eq!(one_job(&app).await["attempts"], 1);

    for (query, found) in [
        ("state=waiting", 1),
        ("state=failed", 0),
        ("kind=event", 1),
        ("kind=send_mail", 0),
    ] {
        let page = admin.v2("GET", &format!("jobs?{query}")).await;
        let items = page.is_ok().json()["items"].as_array().unwrap().len();
        assert_eq!(items, found, "{query}");
    }
    admin.v2("DELETE", &path).await.has_status(204);
    admin.v2("GET", &path).await.has_status(404);
    admin.v2("DELETE", &path).await.has_status(404);
    let audited = "select count(*) from audit_log where action in ('job.retried', 'job.discarded')";
    assert_eq!(app.count(audited).await, 2);
}

#[tokio::test]
async fn a_job_that_is_being_done_is_not_taken_away() {
    let app = TestApp::start().await;
    app.count(HOPELESS).await;
    app.sql("update graphile_worker._private_jobs set locked_at = now(), locked_by = 'x'")
        .await;
    let job = one_job(&app).await;
    assert_eq!(job["state"], "running");
    let path = format!("jobs/{}", job["id"]);
    let admin = app.admin().await;
    admin.v2("DELETE", &path).await.has_status(409);
    admin
        .v2("POST", &format!("{path}/retry"))
        .await
        .has_status(409);
}

#[tokio::test]
async fn the_command_line_lists_retries_and_discards() {
    let app = TestApp::start().await;
    let run = |arguments: &[&str]| {
        let mut command = program_on(&app.database, app.folder.path());
        command.arg("jobs").args(arguments);
        command
    };
    app.count(HOPELESS).await;
    app.sql(GIVE_UP).await;
    let said = answer(&mut run(&["list", "--state", "failed"])).await;
    assert!(
        said.starts_with("0 waiting, 0 running, 1 failed\n"),
        "{said}"
    );
    let listed = answer(&mut run(&["list", "--json"])).await;
    let jobs: Value = serde_json::from_str(&listed).unwrap();
    let id = jobs[0]["id"].to_string();
    let said = answer(&mut run(&["retry", "--failed"])).await;
    assert_eq!(said, "1 jobs will be tried again now\n");
    let said = answer(&mut run(&["discard", &id])).await;
    assert_eq!(said, "1 jobs discarded\n");
    let said = refusal(&mut run(&["discard", &id])).await;
    assert!(said.ends_with("ferrodesk: No such job.\n"), "{said}");
}

fn worker(app: &TestApp) -> Child {
    let mut command: Command = program_on(&app.database, app.folder.path());
    command
        .arg("worker")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Wait until `done` of the database holds; for a minute at most.
async fn until(app: &TestApp, what: &'static str, done: impl Fn(i64) -> bool) {
    let begun = Instant::now();
    while !done(app.count(what).await) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_a_killed_worker_leaves_another_does() {
    let app = TestApp::start().await;
    app.sql(
        r#"insert into rules (name, definition) values
            ('r', '{"trigger": {"type": "closed"}, "conditions": [], "actions": []}');
        insert into outbox (event, actor_user_id, payload, created_at)
            select 'user.updated', 1, '{}', now() from generate_series(1, 5000)"#,
    )
    .await;
    let handled = "select count(*) from outbox where handled_at is not null";
    let mut first = worker(&app);
    until(&app, handled, |count| count > 20).await;
    first.kill().await.unwrap();
    assert!(app.count(handled).await < 5000);

    // What it held is taken once it has been silent for a while.
    let mut second = worker(&app);
    until(
        &app,
        "select count(*) from outbox where handled_at is null",
        |left| left == 0,
    )
    .await;
    let left = "select count(*) from graphile_worker._private_jobs jobs
        join graphile_worker._private_tasks tasks on tasks.id = jobs.task_id
        where tasks.identifier = 'event'";
    until(&app, left, |left| left == 0).await;
    second.kill().await.unwrap();
}
