use serde_json::json;

use crate::support::TestApp;
use crate::v2::is_problem;

#[tokio::test]
async fn the_xml_of_a_rule_is_taken_back_and_keeps_its_place() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = json!({
        "name": "Close at once",
        "order": 7,
        "trigger": {"type": "ticket_created"},
        "conditions": [{"type": "subject_contains", "value": "spam & <more>"}],
        "actions": [{"type": "set_status", "value": 3}],
    });
    let id = admin.makes("rules", rule).await;
    let one = format!("rules/{id}");
    let before = admin.v2("GET", &one).await.is_ok().json();
    let xml = admin.get("Rule").param("id", id).await.is_ok().text();
    let same = admin
        .v2("PUT", &one)
        .body("application/xml", xml.clone())
        .await;
    assert_eq!(same.is_ok().json(), before);
    let other = xml
        .replace("Close at once", "Close later")
        .replace("spam", "ham");
    let changed = admin
        .v2("PUT", &one)
        .body("text/xml; charset=utf-8", other)
        .await
        .is_ok()
        .json();
    assert_eq!(changed["name"], "Close later");
    assert_eq!(changed["order"], 7);
    assert_eq!(changed["conditions"][0]["value"], "ham & <more>");
    let broken = xml.replace("</AutomationRule>", "");
    let refused = admin.v2("PUT", &one).body("application/xml", broken).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let form = admin.v2("PUT", &one).body("text/plain", xml).await;
    is_problem(&form, 415, "unsupported_media_type", None);
}
