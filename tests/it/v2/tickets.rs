use serde_json::json;

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn staff_of_a_ticket_link_it_to_other_systems() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    let ticket = ann.creates_a_ticket().await;
    let path = format!("tickets/{ticket}/integrations");
    let none = tess.v2("GET", &path).await.is_ok().json();
    assert!(
        none.as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_null)
    );
    let url = "https://jira.test/browse/A-1";
    tess.v2("PATCH", &path)
        .json(&json!({"jira_issue_url": url}))
        .await
        .is_ok();
    let shown = tess
        .get("TicketIntegrationData")
        .param("id", ticket)
        .await
        .is_ok()
        .json();
    assert!(shown.to_string().contains(url), "{shown}");
    let history = tess
        .get("Comments")
        .param("id", ticket)
        .await
        .is_ok()
        .text();
    assert!(history.contains("changed the links to other systems"));
    for bad in [
        "javascript:alert(1)",
        "jira.test",
        "https://",
        "https:// x",
        "ftp://x.test",
    ] {
        let reply = tess
            .v2("PATCH", &path)
            .json(&json!({"jira_issue_url": bad}))
            .await;
        is_problem(&reply, 400, "invalid", Some("jira_issue_url"));
    }
    tess.v2("PUT", &path).json(&json!({})).await.is_ok();
    let none = tess.v2("GET", &path).await.is_ok().json();
    assert!(
        none.as_object()
            .unwrap()
            .values()
            .all(serde_json::Value::is_null)
    );
}

#[tokio::test]
async fn links_of_a_ticket_are_for_its_staff() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let bob = app.customer("bob").await;
    let ticket = ann.creates_a_ticket().await;
    let path = format!("tickets/{ticket}/integrations");
    for (verb, body) in [
        ("GET", None),
        ("PUT", Some(json!({}))),
        ("PATCH", Some(json!({}))),
    ] {
        let call = |person: &crate::support::people::Person<'_>| {
            let call = crate::support::call::Call::new(
                &app,
                reqwest::Method::from_bytes(verb.as_bytes()).unwrap(),
                &format!("/api/v2/{path}"),
                person.credentials.clone(),
            );
            match &body {
                Some(body) => call.json(body),
                None => call,
            }
        };
        is_problem(&call(&ann).await, 403, "forbidden", None);
        is_problem(&call(&bob).await, 404, "not_found", None);
    }
}
