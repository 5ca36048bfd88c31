//! What a rule would do.

use serde_json::{Value, json};

use super::{part, with};
use crate::support::TestApp;

#[tokio::test]
async fn it_says_which_conditions_hold_and_what_would_be_done_and_does_nothing() {
    let app = TestApp::start().await;
    let (admin, ann) = (app.admin().await, app.customer("ann").await);
    let conditions = json!([
        with("subject_contains", "no such words"),
        part("unanswered")
    ]);
    let actions = json!([
        with("set_priority", 2),
        with("add_reply", "About ##ticketId#")
    ]);
    let rule = admin
        .makes_a_rule("r", part("ticket_created"), conditions, actions)
        .await;
    let ticket = ann.creates_a_ticket().await;
    for spelling in ["ticketId", "ticket_id"] {
        let path = format!("rules/{rule}/dry-run?{spelling}={ticket}");
        let said = admin.v2("POST", &path).await.is_ok().json();
        assert_eq!(said["would_run"], false);
        let holds: Vec<&Value> = said["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| &it["holds"])
            .collect();
        assert_eq!(holds, [&json!(false), &json!(true)]);
        assert!(!said["conditions"][0]["seen"].as_str().unwrap().is_empty());
        assert_eq!(
            said["actions"][1]["action"]["value"],
            format!("About #{ticket}")
        );
    }
    app.run_jobs().await;
    assert_eq!(admin.sees(ticket).await["Priority"], 0);
    assert!(admin.reads(ticket).await.is_empty());
    let unknown = format!("rules/{rule}/dry-run?ticketId=999999");
    admin.v2("POST", &unknown).await.has_status(404);
    let path = format!("rules/{rule}/dry-run?ticketId={ticket}");
    ann.v2("POST", &path).await.has_status(403);
}
