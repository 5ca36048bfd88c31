//! What ends a token that a user named, and how soon.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::TimeDelta;
use ferrodesk::domain::users::tokens::{Scope, TokenDraft};
use reqwest::StatusCode;
use serde_json::json;

use super::{draft, holder, named, revoke};
use crate::support::TestApp;

/// What a call with the token gets.
async fn status(app: &TestApp, token: &str) -> u16 {
    let reply = holder(app, token).get("Authorization").await;
    if reply.status == 401 {
        assert_eq!(reply.text(), "The token is not valid.");
    }
    reply.status.as_u16()
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let draft = TokenDraft {
        expires_at: Some(app.clock.now() + TimeDelta::hours(1)),
        ..draft(Scope::Full)
    };
    let (_, token) = named(&alice, draft).await;
    assert_eq!(status(&app, &token).await, 200);
    app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(status(&app, &token).await, 200);
    app.clock.advance(TimeDelta::minutes(2));
    assert_eq!(status(&app, &token).await, 401);
}

#[tokio::test]
async fn a_revoked_token_is_dead_for_good_and_no_other_is() {
    let app = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (id, token) = named(&alice, draft(Scope::Full)).await;
    let (_, other) = named(&alice, draft(Scope::Full)).await;
    assert_eq!(status(&app, &token).await, 200);
    let actor = alice.actor().await;
    for _ in 0..2 {
        revoke(&app, &actor, id).await.unwrap();
    }
    // As the gate does after a call that changes rights.
    app.state.callers.forget();
    assert_eq!(status(&app, &token).await, 401);
    assert_eq!(status(&app, &other).await, 200);
    alice.get("Authorization").await.is_ok();
    let rows = "select count(*) from audit_log where action = 'token.revoked'";
    assert_eq!(app.count(rows).await, 1);
}

/// By whatever program it is done, all of them through the service of another server here.
#[tokio::test]
async fn every_server_hears_of_a_revoked_token() {
    let key = BASE64_STANDARD.encode([7; 32]);
    let app = TestApp::start_with(|settings| settings.instance_key = Some(key.clone())).await;
    let second = app
        .another_server(|settings| settings.instance_key = Some(key.clone()))
        .await;
    let alice = app.customer("alice").await;
    let actor = alice.actor().await;
    let mut other_program = app.database.connect().await;
    for way in [
        "service",
        "revoked_at = now()",
        "expires_at = now() - interval '1 day'",
        "",
    ] {
        let (id, token) = named(&alice, draft(Scope::Full)).await;
        for _ in 0..2 {
            assert_eq!(status(&second, &token).await, 200);
        }
        if way == "service" {
            revoke(&app, &actor, id).await.unwrap();
        } else {
            let statement = if way.is_empty() {
                format!("delete from api_tokens where id = {id}")
            } else {
                format!("update api_tokens set {way} where id = {id}")
            };
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
                .execute(&mut other_program)
                .await
                .unwrap();
        }
        let began = Instant::now();
        while holder(&second, &token).get("Authorization").await.status == StatusCode::OK {
            assert!(began.elapsed() < Duration::from_millis(500), "{way}");
        }
    }
}

#[tokio::test]
async fn a_token_ends_with_the_password_and_with_its_user() {
    let app = TestApp::start().await;
    let (admin, alice) = (app.admin().await, app.customer("alice").await);
    for (name, value) in [("password", "another"), ("disabled", "true")] {
        let (_, token) = named(&alice, draft(Scope::Full)).await;
        assert_eq!(status(&app, &token).await, 200);
        let call = admin.post("UpdateUser").param("userId", alice.id);
        call.param(name, value).await.is_done();
        assert_eq!(status(&app, &token).await, 401, "{name}");
        let call = admin.post("UpdateUser").param("userId", alice.id);
        call.param("disabled", false).await.is_done();
        assert_eq!(status(&app, &token).await, 401, "{name}, enabled again");
    }
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    assert_eq!(status(&app, &token).await, 200);
    let call = admin.post("DeleteUser").param("userId", alice.id);
    call.await.is_done();
    assert_eq!(status(&app, &token).await, 401);
    assert_eq!(app.count("select count(*) from api_tokens").await, 0);
    let (bob, heir) = (app.customer("bob").await, app.customer("heir").await);
    let (_, token) = named(&bob, draft(Scope::Full)).await;
    assert_eq!(status(&app, &token).await, 200);
    let call = admin.post("MergeUsers").param("fromUserId", bob.id);
    call.param("toUserId", heir.id).await.is_done();
    assert_eq!(status(&app, &token).await, 401);
}

#[tokio::test]
async fn what_administrators_change_in_v2_ends_tokens_before_it_is_answered() {
    let app = TestApp::start().await;
    let (admin, alice) = (app.admin().await, app.customer("alice").await);
    let user = format!("users/{}", alice.id);
    let password = format!("{user}/password");
    let secret = "settings/shared_secret";
    for (verb, path, body) in [
        ("PUT", &*password, json!({ "password": "another" })),
        ("PATCH", &*user, json!({ "disabled": true })),
        (
            "PUT",
            secret,
            json!({ "shared_secret": "sixteen characters" }),
        ),
        ("DELETE", &*user, json!({})),
    ] {
        let (_, token) = named(&alice, draft(Scope::Full)).await;
        assert_eq!(status(&app, &token).await, 200);
        let reply = admin.v2(verb, path).json(&body).await;
        assert!(reply.status.is_success(), "{verb} {path}: {reply:?}");
        assert_eq!(status(&app, &token).await, 401, "{verb} {path}");
        if verb == "PATCH" {
            let again = admin.v2(verb, path).json(&json!({ "disabled": false }));
            again.await.is_ok();
            assert_eq!(status(&app, &token).await, 401, "enabled again");
        }
    }
}

#[tokio::test]
async fn every_token_ends_with_the_shared_secret_and_stays_dead() {
    let key = BASE64_STANDARD.encode([7; 32]);
    let app = TestApp::start_with(|settings| settings.instance_key = Some(key.clone())).await;
    let second = app
        .another_server(|settings| settings.instance_key = Some(key.clone()))
        .await;
    let alice = app.customer("alice").await;
    app.sql("update instance set shared_secret = 'A'").await;
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    assert_eq!(status(&app, &token).await, 200);
    for change in [
        "update instance set shared_secret = 'B', token_epoch = token_epoch + 1",
        "update instance set shared_secret = 'A', token_epoch = token_epoch + 1",
    ] {
        app.sql(change).await;
        second.heard_of_changes();
        assert_eq!(status(&app, &token).await, 401, "{change}");
        assert_eq!(status(&second, &token).await, 401, "{change}");
        // A new one is good at once where it was made, and elsewhere.
        let (_, new) = named(&alice, draft(Scope::Full)).await;
        assert_eq!(status(&app, &new).await, 200);
        second.clock.advance(TimeDelta::seconds(2));
        assert_eq!(status(&second, &new).await, 200);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_installation_only() {
    let app = TestApp::start().await;
    let other = TestApp::start().await;
    let alice = app.customer("alice").await;
    let (_, token) = named(&alice, draft(Scope::Full)).await;
    named(&other.customer("alice").await, draft(Scope::Full)).await;
    assert_eq!(status(&other, &token).await, 401);
    // The same database with another instance key, as whoever stole a copy of it has.
    let thief = app.another_server(|_| {}).await;
    assert_eq!(status(&thief, &token).await, 401);
    assert_eq!(status(&app, &token).await, 200);
}
