use serde_json::json;

use super::is_problem;
use crate::support::TestApp;
use crate::support::call::Credentials;
use crate::support::people::Person;

fn bearer<'a>(app: &'a TestApp, of: &Person<'_>, token: &str) -> Person<'a> {
    Person {
        app,
        id: of.id,
        name: of.name.clone(),
        credentials: Credentials::Bearer(token.to_owned()),
    }
}

#[tokio::test]
async fn everybody_makes_tokens_of_his_own_that_are_shown_once_and_end_at_once() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let draft = json!({"name": "backup", "scope": "read"});
    let made = ann
        .v2("POST", "tokens")
        .json(&draft)
        .await
        .has_status(201)
        .json();
    let token = made["token"].as_str().unwrap().to_owned();
    let one = format!("tokens/{}", made["id"]);
    let shown = ann.v2("GET", &one).await.is_ok();
    assert!(!shown.text().contains(&token));
    assert_eq!(shown.json()["name"], "backup");
    assert_eq!(shown.json()["active"], true);
    let by_token = bearer(&app, &ann, &token);
    by_token.get("Authorization").await.is_ok();
    by_token.v2("GET", "tokens").await.is_ok();
    let refused = by_token.v2("POST", "tokens").json(&draft).await;
    is_problem(&refused, 403, "forbidden", None);
    ann.v2("DELETE", &one).await.has_status(204);
    by_token.get("Authorization").await.is_unauthorized();
    let revoked = ann.v2("GET", &one).await.is_ok().json();
    assert_eq!(revoked["active"], false);
}

#[tokio::test]
async fn tokens_of_others_are_for_administrators() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (ann, bob) = (app.customer("ann").await, app.customer("bob").await);
    let made = ann
        .makes("tokens", json!({"name": "a", "scope": "full"}))
        .await;
    let one = format!("tokens/{made}");
    is_problem(&bob.v2("GET", &one).await, 404, "not_found", None);
    is_problem(&bob.v2("DELETE", &one).await, 404, "not_found", None);
    let of_ann = format!("tokens?user_id={}", ann.id);
    is_problem(&bob.v2("GET", &of_ann).await, 403, "forbidden", None);
    let for_ann = json!({"name": "b", "scope": "full", "user_id": ann.id});
    let refused = bob.v2("POST", "tokens").json(&for_ann).await;
    is_problem(&refused, 403, "forbidden", None);
    admin.makes("tokens", for_ann).await;
    let page = admin.v2("GET", &of_ann).await.is_ok().json();
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    admin.v2("DELETE", &one).await.has_status(204);
}

#[tokio::test]
async fn a_creation_told_of_again_does_not_show_the_token_again() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    let send = || {
        let call = ann.v2("POST", "tokens").header("idempotency-key", "k");
        call.json(&json!({"name": "a", "scope": "full"}))
    };
    let first = send().await.has_status(201).json();
    let again = send().await.has_status(201).json();
    assert!(first["token"].is_string());
    assert!(again["token"].is_null());
    assert_eq!(first["id"], again["id"]);
    let page = ann.v2("GET", "tokens").await.is_ok().json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_names_its_field() {
    let app = TestApp::start().await;
    let ann = app.customer("ann").await;
    for (field, value) in [
        ("name", json!("")),
        ("scope", json!("write")),
        ("expires_at", json!("2020-01-01T00:00:00Z")),
        ("expires_at", json!("soon")),
        ("expires_at", json!("+10000-01-01T00:00:00Z")),
    ] {
        let mut draft = json!({"name": "a", "scope": "full"});
        draft[field] = value;
        let reply = ann.v2("POST", "tokens").json(&draft).await;
        is_problem(&reply, 400, "invalid", Some(field));
    }
}
