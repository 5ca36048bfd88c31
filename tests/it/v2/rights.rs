//! Who may use `/api/v2`.

use ferrodesk::v2::table::{Verb, table};
use serde_json::json;

use super::is_problem;
use crate::support::TestApp;

/// What others than administrators may call, with the reason why a call on an unknown object is not Forbidden.
const OPEN: [(&str, &str); 10] = [
    ("ListenToEvents", "whoever sees a ticket hears of it"),
    ("ListToken", "everybody has tokens of his own"),
    ("CreateToken", "everybody has tokens of his own"),
    ("GetToken", "everybody has tokens of his own"),
    ("RevokeToken", "everybody has tokens of his own"),
    ("ListStatus", "whoever sees a ticket sees its status"),
    ("GetStatus", "whoever sees a ticket sees its status"),
    ("GetIntegrations", "staff of the ticket"),
    ("ReplaceIntegrations", "staff of the ticket"),
    ("ChangeIntegrations", "staff of the ticket"),
];

/// What technicians may call, and customers may not.
const FOR_STAFF: [&str; 11] = [
    "ListIncomingMail",
    "GetIncomingMail",
    "GetRawIncomingMail",
    "AcceptIncomingMail",
    "DiscardIncomingMail",
    "ListTag",
    "GetTag",
    "ListCommentTemplateGroup",
    "GetCommentTemplateGroup",
    "ListCommentTemplate",
    "GetCommentTemplate",
];

fn verb_of(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
        Verb::Put => "PUT",
        Verb::Patch => "PATCH",
        Verb::Delete => "DELETE",
    }
}

#[tokio::test]
async fn no_operation_works_without_a_login() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for operation in table().operations() {
        let path = operation
            .path
            .replace("{id}", "1")
            .replace("{option_id}", "1");
        let path = path.strip_prefix("/api/v2/").unwrap();
        let reply = nobody
            .v2(verb_of(operation.verb), path)
            .json(&json!({}))
            .await;
        is_problem(&reply, 401, "unauthenticated", None);
        assert_eq!(
            reply.headers["www-authenticate"], "Basic realm=\"Ferrodesk\"",
            "{}",
            operation.id
        );
    }
}

/// A body that an administrator could send.
fn body_for(operation: &str) -> serde_json::Value {
    match operation {
        "SetPassword" => json!({"password": "x"}),
        "SetSharedSecret" => json!({"shared_secret": "0123456789abcdef"}),
        "CreateCommentTemplate" | "ReplaceCommentTemplate" => {
            json!({"name": "x", "body": "x"})
        }
        "CreateCustomFieldDefinition" | "ReplaceCustomFieldDefinition" => {
            json!({"name": "x", "usage": "tickets", "type": "text"})
        }
        "CreateRule" | "ReplaceRule" => {
            json!({"name": "x", "trigger": {"type": "closed"}})
        }
        "TestMailSettings" => json!({"to": "x@x.test"}),
        "CreateBusinessHours" | "ReplaceBusinessHours" => {
            json!({"name": "x", "time_zone": "UTC", "hours": []})
        }
        "CreateWebhook" | "ReplaceWebhook" => {
            json!({"name": "x", "url": "https://x.example/", "events": ["*"]})
        }
        "CreateUser" | "ReplaceUser" => json!({"username": "x"}),
        "CreateMailbox" | "ReplaceMailbox" => {
            json!({"name": "x", "address": "x@x.x", "category_id": 1, "host": "x", "username": "x"})
        }
        "CreateMailTemplate" | "ReplaceMailTemplate" => {
            json!({"name": "note", "language": "en", "subject": "x", "text": "x"})
        }
        "AcceptIncomingMail" => json!({}),
        _ => json!({"name": "x"}),
    }
}

#[tokio::test]
async fn everything_is_for_administrators_unless_it_is_said_otherwise() {
    let app = TestApp::start().await;
    let tess = app.technician("tess", &[1]).await;
    let ann = app.customer("ann").await;
    for person in [&tess, &ann] {
        for operation in table().operations() {
            let id = operation.id.as_str();
            let is_for_staff = FOR_STAFF.contains(&id) && person.name == tess.name;
            if is_for_staff || OPEN.iter().any(|(open, _)| *open == id) {
                continue;
            }
            let path = operation
                .path
                .replace("{id}", "1")
                .replace("{option_id}", "1");
            let path = path.strip_prefix("/api/v2/").unwrap();
            let path = match id {
                "DryRunRule" => &format!("{path}?ticket_id=1"),
                _ => path,
            };
            let body = body_for(id);
            let call = person.v2(verb_of(operation.verb), path);
            let reply = if operation.verb == Verb::Patch
                || operation.id.ends_with("Settings") && operation.verb == Verb::Put
            {
                call.json(&json!({})).await
            } else {
                call.json(&body).await
            };
            assert_eq!(
                reply.status,
                403,
                "{} {}: {}",
                person.name,
                operation.id,
                reply.text()
            );
        }
    }
}
