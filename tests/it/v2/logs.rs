use serde_json::{Value, json};

use super::is_problem;
use crate::support::TestApp;

fn actions(page: &Value) -> Vec<&str> {
    let rows = page["items"].as_array().unwrap().iter();
    rows.map(|row| row["action"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_change_leaves_who_from_where_what_before_and_after() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let id = admin.makes("sections", json!({"name": "A"})).await;
    let one = format!("sections/{id}");
    admin
        .v2("PATCH", &one)
        .json(&json!({"name": "B"}))
        .await
        .is_ok();
    // Nothing changed, nothing to tell.
    admin
        .v2("PATCH", &one)
        .json(&json!({"name": "B"}))
        .await
        .is_ok();
    admin.v2("DELETE", &one).await.has_status(204);
    let page = admin
        .v2(
            "GET",
            &format!("audit_log?object_type=section&object_id={id}"),
        )
        .await
        .is_ok()
        .json();
    assert_eq!(
        actions(&page),
        ["section.deleted", "section.updated", "section.created"]
    );
    let updated = &page["items"][1];
    assert_eq!(updated["before"], json!({"name": "A", "order": 0}));
    assert_eq!(updated["after"], json!({"name": "B", "order": 0}));
    assert_eq!(updated["actor_user_id"], json!(admin.id));
    assert_eq!(updated["actor_username"], "admin");
    assert_eq!(updated["ip_address"], "127.0.0.1");
}

#[tokio::test]
async fn the_log_is_read_by_action_object_actor_and_time() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into audit_log (created_at, actor_user_id, action, object_type, object_id) values
        ('2026-01-01T00:00:00Z', 999, 'ticket.deleted', 'ticket', 5),
        ('2026-01-02T00:00:00Z', null, 'ticket.merged', 'ticket', 6),
        ('2026-01-03T00:00:00Z', 999, 'tickets.x', 'other', 5)",
    )
    .await;
    for (query, expected) in [
        ("action=ticket.deleted", vec!["ticket.deleted"]),
        ("action=ticket.", vec!["ticket.merged", "ticket.deleted"]),
        ("action=ticket", vec![]),
        ("object_id=5", vec!["tickets.x", "ticket.deleted"]),
        ("object_type=ticket&object_id=5", vec!["ticket.deleted"]),
        ("actor_user_id=999", vec!["tickets.x", "ticket.deleted"]),
        (
            "from=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z",
            vec!["ticket.merged"],
        ),
    ] {
        let page = admin
            .v2("GET", &format!("audit_log?{query}"))
            .await
            .is_ok()
            .json();
        assert_eq!(actions(&page), expected, "{query}");
    }
    let first = admin
        .v2("GET", "audit_log?until=2026-02-01T00:00:00Z&limit=2")
        .await
        .is_ok()
        .json();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin
        .v2(
            "GET",
            &format!("audit_log?until=2026-02-01T00:00:00Z&limit=2&cursor={cursor}"),
        )
        .await
        .is_ok()
        .json();
    assert_eq!(actions(&first), ["tickets.x", "ticket.merged"]);
    assert_eq!(actions(&second), ["ticket.deleted"]);
    assert!(second["next_cursor"].is_null());
    is_problem(
        &admin.v2("GET", "audit_log?from=yesterday").await,
        400,
        "invalid",
        Some("from"),
    );
    is_problem(
        &admin.v2("POST", "audit_log").json(&json!({})).await,
        405,
        "method_not_allowed",
        None,
    );
}

#[tokio::test]
async fn mail_and_deliveries_are_read_by_their_state() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        "insert into outgoing_mail (created_at, to_address, subject, message_id, state) values
        (now(), 'a@x.test', 's', '<1@x>', 'sent'), (now(), 'b@x.test', 's', '<2@x>', 'failed')",
    )
    .await;
    app.sql("insert into webhook_deliveries (created_at, event, url, state, response_status) values
        (now(), 'ticket.created', 'https://x.test', 'failed', 500), (now(), 'ticket.closed', 'https://x.test', 'queued', null)").await;
    let all = admin.v2("GET", "outgoing_mail").await.is_ok().json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let failed = admin
        .v2("GET", "outgoing_mail?state=failed")
        .await
        .is_ok()
        .json();
    assert_eq!(failed["items"][0]["to_address"], "b@x.test");
    let queued = admin
        .v2("GET", "webhook_deliveries?state=queued")
        .await
        .is_ok()
        .json();
    assert_eq!(queued["items"].as_array().unwrap().len(), 1);
    assert_eq!(queued["items"][0]["event"], "ticket.closed");
    is_problem(
        &admin.v2("GET", "outgoing_mail?state=lost").await,
        400,
        "invalid",
        Some("state"),
    );
}
