use serde_json::json;

use super::is_problem;
use crate::support::TestApp;

#[tokio::test]
async fn the_desk_has_the_name_that_administrators_give_it() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let usual = admin.v2("GET", "settings").await.is_ok().json();
    assert_eq!(
        usual,
        json!({"desk_name": "Ferrodesk", "api_token_days": null, "users_from_mail": true})
    );
    admin
        .v2("PATCH", "settings")
        .json(&json!({"desk_name": "Help & <Hope>"}))
        .await
        .is_ok();
    let page = app
        .anonymous()
        .call(reqwest::Method::GET, "/User/Login")
        .await
        .is_ok()
        .text();
    assert!(
        page.contains("<title>Help &amp; &lt;Hope&gt;</title>"),
        "{page}"
    );
    for (field, value) in [
        ("desk_name", json!("")),
        ("api_token_days", json!(0)),
        ("api_token_days", json!(4000)),
    ] {
        let mut change = json!({});
        change[field] = value;
        is_problem(
            &admin.v2("PATCH", "settings").json(&change).await,
            400,
            "invalid",
            Some(field),
        );
    }
    let stale = admin
        .v2("PUT", "settings")
        .header("if-match", "\"x\"")
        .json(&json!({}))
        .await;
    is_problem(&stale, 412, "stale", None);
    let usual_again = admin
        .v2("PUT", "settings")
        .json(&json!({}))
        .await
        .is_ok()
        .json();
    assert_eq!(usual_again, usual);
}

#[tokio::test]
async fn tokens_expire_after_the_days_that_are_set() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin
        .v2("PATCH", "settings")
        .json(&json!({"api_token_days": 2}))
        .await
        .is_ok();
    let token = admin.get("../User/Token").param("json", true).await;
    let token = match token.status.as_u16() {
        200 => token,
        _ => admin
            .call(reqwest::Method::GET, "/User/Token?json=true")
            .await
            .is_ok(),
    };
    let token = token.json();
    let token = token
        .as_object()
        .unwrap()
        .values()
        .find_map(|value| value.as_str())
        .unwrap()
        .to_owned();
    let bearer = crate::support::people::Person {
        app: &app,
        id: admin.id,
        name: "admin".into(),
        credentials: crate::support::call::Credentials::Bearer(token),
    };
    bearer.get("Authorization").await.is_ok();
    app.clock.advance(chrono::TimeDelta::hours(47));
    bearer.get("Authorization").await.is_ok();
    app.clock.advance(chrono::TimeDelta::hours(2));
    bearer.get("Authorization").await.is_unauthorized();
}

#[tokio::test]
async fn a_new_shared_secret_ends_every_token_and_is_shown_nowhere() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let token = admin
        .call(reqwest::Method::GET, "/User/Token?json=true")
        .await
        .is_ok()
        .json();
    let token = token
        .as_object()
        .unwrap()
        .values()
        .find_map(|value| value.as_str())
        .unwrap()
        .to_owned();
    let bearer = crate::support::people::Person {
        app: &app,
        id: admin.id,
        name: "admin".into(),
        credentials: crate::support::call::Credentials::Bearer(token),
    };
    bearer.get("Authorization").await.is_ok();
    let short = admin
        .v2("PUT", "settings/shared_secret")
        .json(&json!({"shared_secret": "short"}))
        .await;
    is_problem(&short, 400, "invalid", Some("shared_secret"));
    bearer.get("Authorization").await.is_ok();
    let secret = json!({"shared_secret": "correct horse battery"});
    admin
        .v2("PUT", "settings/shared_secret")
        .json(&secret)
        .await
        .has_status(204);
    bearer.get("Authorization").await.is_unauthorized();
    let audited = app
        .count("select count(*) from audit_log where to_jsonb(audit_log)::text like '%horse%'")
        .await;
    assert_eq!(audited, 0);
    let told = app
        .count("select count(*) from audit_log where action = 'settings.shared_secret_changed'")
        .await;
    assert_eq!(told, 1);
}

#[tokio::test]
async fn settings_of_a_later_version_are_passed_over() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.sql(
        r#"insert into settings (name, value) values ('desk', '{"desk_name": "Later", "moon": "full"}')"#,
    )
    .await;
    let settings = admin.v2("GET", "settings").await.is_ok().json();
    assert_eq!(
        settings,
        json!({"desk_name": "Later", "api_token_days": null, "users_from_mail": true})
    );
}
