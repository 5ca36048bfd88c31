use serde_json::{Value, json};

use super::{part, with};
use crate::support::TestApp;

#[tokio::test]
async fn two_rules_that_undo_each_other_run_once_each() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let changed = || part("priority_changed");
    let high = json!([with("set_priority", 1)]);
    let low = json!([with("set_priority", -1)]);
    admin.makes_a_rule("up", changed(), json!([]), high).await;
    admin.makes_a_rule("down", changed(), json!([]), low).await;
    let ticket = admin.creates_a_ticket().await;
    let set = admin.post("UpdateTicket").param("id", ticket);
    set.param("priorityId", 2).await.is_done();
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    let (done, stopped): (Vec<_>, Vec<_>) = runs
        .into_iter()
        .partition(|(_, result, _)| result == "done");
    assert_eq!(done.len(), 2);
    assert!(!stopped.is_empty());
    for (_, result, problem) in stopped {
        assert_eq!(result, "stopped");
        assert_eq!(problem, "would have run a second time for one event");
    }
    assert_eq!(admin.sees(ticket).await["Priority"], -1);
    // They are enabled still, and run again on the next event.
    let enabled = "select count(*) from rules where enabled";
    assert_eq!(app.count(enabled).await, 2);
    let set = admin.post("UpdateTicket").param("id", ticket);
    set.param("priorityId", 2).await.is_done();
    app.run_jobs().await;
    assert_eq!(admin.ran(ticket).await.len(), 4);
}

#[tokio::test]
async fn a_rule_that_answers_itself_runs_once() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let echo = json!([with("add_reply", "Echo")]);
    admin
        .makes_a_rule("echo", part("new_reply"), json!([]), echo)
        .await;
    let ticket = ann.creates_a_ticket().await;
    let said = ann.post("Comment").param("id", ticket);
    said.param("body", "Hello").await.is_ok();
    app.run_jobs().await;
    assert_eq!(ann.reads(ticket).await, ["Echo", "Hello"]);
    assert_eq!(admin.runs(ticket).await[1].1, "stopped");
}

#[tokio::test]
async fn after_25_actions_a_chain_ends_and_the_rule_that_went_too_far_is_disabled() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let tags: Vec<Value> = (0..20).map(|n| with("add_tag", format!("t{n}"))).collect();
    let more: Vec<Value> = (20..40).map(|n| with("add_tag", format!("t{n}"))).collect();
    let created = || part("ticket_created");
    let none = json!([]);
    admin
        .makes_a_rule("many", created(), none.clone(), json!(tags))
        .await;
    let too_many = admin
        .makes_a_rule("too many", created(), none.clone(), json!(more))
        .await;
    admin
        .makes_a_rule(
            "innocent",
            created(),
            none.clone(),
            json!([with("add_tag", "x")]),
        )
        .await;
    let ticket = ann.creates_a_ticket().await;
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    let results: Vec<_> = runs
        .iter()
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    assert_eq!(results, [("many", "done"), ("too many", "chain_stopped")]);
    assert_eq!(app.count("select count(*) from ticket_tags").await, 25);
    assert_eq!(app.count("select sum(actions) from rule_runs").await, 25);
    let disabled = admin.v2("GET", &format!("rules/{too_many}")).await.json();
    assert_eq!(disabled["enabled"], false);
    assert_eq!(
        app.count("select count(*) from rules where enabled").await,
        2
    );
    // The technicians are told, the customer is not; the audit log has it.
    let notice = "System disabled the rule &quot;too many&quot;: more than 25 actions followed from one event";
    assert!(admin.reads(ticket).await.contains(&notice.to_owned()));
    assert!(!ann.reads(ticket).await.contains(&notice.to_owned()));
    let audited = admin
        .v2("GET", "audit_log?action=rule.stopped")
        .await
        .json();
    assert_eq!(audited["items"][0]["object_id"], too_many);
    assert_eq!(audited["items"][0]["actor_user_id"], -1);
}

#[tokio::test]
async fn the_actions_of_a_chain_are_counted_over_all_its_events() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    // Each rule changes the priority, which sets off the next one, and does nine more things.
    let triggers = ["ticket_created", "priority_changed", "due_date_changed"];
    let causes = [
        with("set_priority", 2),
        with("set_due_date", 60),
        with("set_status", 2),
    ];
    for (number, (trigger, cause)) in triggers.into_iter().zip(causes).enumerate() {
        let tags = (0..9).map(|n| with("add_tag", format!("t{number}-{n}")));
        let actions: Vec<Value> = std::iter::once(cause).chain(tags).collect();
        let name = format!("rule {number}");
        admin
            .makes_a_rule(&name, part(trigger), json!([]), json!(actions))
            .await;
    }
    let ticket = admin.creates_a_ticket().await;
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    let results: Vec<_> = runs.iter().map(|it| it.1.as_str()).collect();
    assert_eq!(results, ["done", "done", "chain_stopped"]);
    assert_eq!(app.count("select sum(actions) from rule_runs").await, 25);
}

#[tokio::test]
async fn rules_run_rules_whose_conditions_hold() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let waits = || part("triggered_by_another_rule");
    let critical = json!([with("priority_is", 2)]);
    let tag = |name: &str| json!([with("add_tag", name)]);
    let run = admin.makes_a_rule("run", waits(), critical, tag("run"));
    let run = run.await;
    let low = json!([with("priority_is", -1)]);
    let not = admin.makes_a_rule("not", waits(), low, tag("not")).await;
    let off = admin
        .makes_a_rule("off", waits(), json!([]), tag("off"))
        .await;
    let patch = admin.v2("PATCH", &format!("rules/{off}"));
    patch.json(&json!({ "enabled": false })).await.is_ok();
    let actions = json!([
        with("trigger_rule", run),
        with("trigger_rule", not),
        with("trigger_rule", off),
        with("trigger_rule", run),
        with("set_priority", 2),
    ]);
    admin
        .makes_a_rule("first", part("ticket_created"), json!([]), actions)
        .await;
    let ticket = admin.creates_a_ticket().await;
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    let runs: Vec<_> = runs
        .iter()
        .map(|it| (it.0.as_str(), it.1.as_str()))
        .collect();
    assert_eq!(
        runs,
        [("first", "done"), ("run", "done"), ("run", "stopped")]
    );
    assert_eq!(admin.sees(ticket).await["Tags"][0]["Name"], "run");
}

#[tokio::test]
async fn a_rule_that_fails_is_undone_and_the_next_one_runs() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let created = || part("ticket_created");
    // She is no technician.
    let actions = json!([with("add_tag", "half"), with("assign", ann.id.0)]);
    admin
        .makes_a_rule("fails", created(), json!([]), actions)
        .await;
    let tag = json!([with("add_tag", "whole")]);
    admin.makes_a_rule("next", created(), json!([]), tag).await;
    let ticket = ann.creates_a_ticket().await;
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    assert_eq!((&*runs[0].0, &*runs[0].1), ("fails", "failed"));
    assert!(runs[0].2.starts_with("actions[1]: "), "{}", runs[0].2);
    assert_eq!((&*runs[1].0, &*runs[1].1), ("next", "done"));
    let tags = admin.sees(ticket).await["Tags"].clone();
    assert_eq!(tags.as_array().unwrap().len(), 1);
    assert_eq!(tags[0]["Name"], "whole");
    let half = "select count(*) from outbox where event = 'ticket.tagged'";
    assert_eq!(app.count(half).await, 1);
}

#[tokio::test]
async fn runs_are_listed_page_by_page_for_administrators_and_forgotten_after_30_days() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tag = json!([with("add_tag", "x")]);
    let rule = admin
        .makes_a_rule("r", part("ticket_created"), json!([]), tag)
        .await;
    admin
        .makes_a_rule("other", part("ticket_created"), json!([]), json!([]))
        .await;
    let mut tickets = vec![];
    for _ in 0..3 {
        tickets.push(admin.creates_a_ticket().await);
    }
    app.run_jobs().await;
    let of_rule = format!("rule_runs?rule_id={rule}&limit=2");
    let page = admin.v2("GET", &of_rule).await.is_ok().json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    let run = &page["items"][0];
    assert_eq!(run["ticket_id"], tickets[2]);
    assert_eq!(run["result"], "done");
    assert_eq!(run["event"], "ticket.created");
    assert_eq!(run["actions"], 1);
    assert!(run["duration_us"].as_i64().unwrap() > 0);
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = admin
        .v2("GET", &format!("{of_rule}&cursor={cursor}"))
        .await
        .json();
    assert_eq!(page["items"][0]["ticket_id"], tickets[0]);
    assert_eq!(page["next_cursor"], Value::Null);
    app.clock.advance(chrono::TimeDelta::days(31));
    app.count("select count(graphile_worker.add_job('housekeeping', '{}'))")
        .await;
    app.run_jobs().await;
    assert_eq!(app.count("select count(*) from rule_runs").await, 0);
}
