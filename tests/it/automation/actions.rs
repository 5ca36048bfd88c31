//! What rules do.

use serde_json::json;

use super::{part, with};
use crate::support::TestApp;

#[tokio::test]
async fn actions_change_the_ticket_in_their_order_in_the_name_of_the_system() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tess = app.technician("tess", &[1]).await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let actions = json!([
        with("assign", tess.id.0),
        with("set_priority", 2),
        with("set_due_date", 60),
        with("add_tag", "new"),
        with("add_tag", "gone"),
        with("remove_tag", "gone"),
        with("add_subscriber", bob.id.0),
        with("add_reply", "Hello #firstName#, about #subject#"),
        with("add_techs_only_note", "Not for customers"),
    ]);
    admin
        .makes_a_rule("all", part("ticket_created"), json!([]), actions)
        .await;
    let ticket = ann.creates_a_ticket().await;
    app.run_jobs().await;
    assert_eq!(admin.runs(ticket).await[0].1, "done");
    let shown = admin.sees(ticket).await;
    assert_eq!(shown["AssigneeUserInfo"]["UserID"], tess.id.0);
    assert_eq!(shown["Priority"], 2);
    assert!(shown["DueDate"].is_string());
    assert_eq!(shown["Tags"].as_array().unwrap().len(), 1, "{shown}");
    bob.get("Ticket").param("id", ticket).await.is_ok();
    let ann_reads = ann.reads(ticket).await;
    assert!(ann_reads.iter().any(|body| body.starts_with("Hello ")));
    assert!(!ann_reads.iter().any(|body| body.contains("Not for")));
    let tess_reads = tess.reads(ticket).await;
    assert!(tess_reads.iter().any(|body| body.contains("Not for")));
}

#[tokio::test]
async fn an_action_that_fails_undoes_its_rule_and_the_next_rule_runs() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let nobody = app.customer("nobody").await;
    // A customer cannot be assigned.
    let bad = json!([with("set_priority", 2), with("assign", nobody.id.0)]);
    admin
        .makes_a_rule("bad", part("ticket_created"), json!([]), bad)
        .await;
    let good = json!([with("add_tag", "good")]);
    admin
        .makes_a_rule("good", part("ticket_created"), json!([]), good)
        .await;
    let ticket = ann.creates_a_ticket().await;
    app.run_jobs().await;
    let runs = admin.runs(ticket).await;
    let results: Vec<&str> = runs.iter().map(|(_, result, _)| result.as_str()).collect();
    assert_eq!(results, ["failed", "done"], "{runs:?}");
    assert!(!runs[0].2.is_empty());
    let shown = admin.sees(ticket).await;
    assert_eq!(shown["Priority"], 0);
    assert_eq!(shown["Tags"].as_array().unwrap().len(), 1);
}
